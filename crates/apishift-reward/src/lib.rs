//! Rule rewards for code that answers an API change.
//!
//! What comes in: a completion, and the [`Target`] that it should say. What goes out: a [`Reward`], the weighted sum of named
//! [`Component`]s, with each of them. Which ones, and how a completion is read, is a [`RewardSpec`]: `default` has the
//! arithmetic of `ReCode` (2506.20495, section 3.2) without the faults of its released code, `recode` with them
//! ([`Fault`]).
//!
//! ```
//! use apishift_reward::{RewardSpec, Target};
//! let spec = RewardSpec::default();
//! let reference = spec.reference(&Target::code("x = resize(3)"));
//! let completion = "It was renamed.</think><answer>\n```python\nx = resize(3)  # was scale\n```\n</answer>";
//! let reward = spec.reward(completion, &reference);
//! assert_eq!(reward.total, 3.0);
//! assert_eq!(spec.reward("resize", &reference).total, -3.0);
//! ```
//!
//! What it does not do: run code, or read files.

#![forbid(unsafe_code)]

mod batch;
mod completion;
mod component;
mod fault;
mod normal;
mod score;
mod similarity;
mod spec;
mod truth;
mod usage;

pub use apishift_syntax::grammar::STACK;
pub use batch::Item;
pub use component::Component;
pub use fault::{Fault, Faults};
pub use normal::plain as normalised;
pub use score::{MAX_CODE, Reference, Reward, Target};
pub use similarity::{edit_distance, edit_similarity};
pub use spec::{CodePlace, RewardSpec};
pub use truth::GroundTruth;
