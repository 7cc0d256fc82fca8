//! One file per subcommand: arguments to settings, one call, a summary.

pub(crate) mod assemble;
pub(crate) mod audit;
pub(crate) mod doctor;
pub(crate) mod eval_rm;
pub(crate) mod export;
pub(crate) mod fetch;
pub(crate) mod inspect;
pub(crate) mod merge;
pub(crate) mod migrate;
pub(crate) mod mine;
pub(crate) mod model;
pub(crate) mod reward;
pub(crate) mod run;
pub(crate) mod score;
pub(crate) mod split;
pub(crate) mod status;
mod summary;
pub(crate) mod train_rm;
pub(crate) mod until;
pub(crate) mod verify;
