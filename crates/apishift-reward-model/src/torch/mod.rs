//! Training and scoring with libtorch.

mod backbone;
mod checkpoint;
mod fit;
mod head;
mod loss;
mod model;
mod pooled;
mod train;

pub use backbone::{Backbone, Features, PackFeatures, SCALARS, Scalars};
pub use checkpoint::write_checkpoint;
pub use fit::{Event, FitError, FitOptions, Fitted, fit};
pub use head::Head;
pub use loss::{LossOptions, bradley_terry, pointwise};
pub use model::{RewardModel, ScoreError, Scored};
pub use train::{Progress, Sample, TrainError, TrainOptions, Trained, scores, train};
