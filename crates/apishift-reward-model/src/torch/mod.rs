//! Training and scoring with libtorch.

mod backbone;
mod checkpoint;
mod fit;
mod head;
mod judge;
mod likelihood;
mod loss;
mod model;
mod pooled;
mod train;

pub use backbone::{Backbone, Features, PackFeatures, SCALARS, Scalars};
pub use checkpoint::write_checkpoint;
pub use fit::{Event, FitError, FitOptions, Fitted, fit};
pub use head::{Head, head_names};
pub use judge::{JudgeError, judge};
pub use loss::{LossOptions, bradley_terry, pointwise};
pub use model::{LogLikelihood, RewardModel, ScoreError, open_scorer};
pub use train::{Keep, Progress, Sample, TrainError, TrainOptions, Trained, scores, train};
