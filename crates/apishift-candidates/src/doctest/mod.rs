//! Problems made of functions with doctests: the signature and the docstring are asked, the examples are the tests, the real
//! body is the solution.
//!
//! What comes in: source trees of packages. What goes out: [`DoctestProblem`]s, each with a program of its own that needs
//! nothing but Python's library, and the candidates for it, whose labels are for those who run them to find. Functions that
//! give no problem are counted by [`Reason`].

mod candidates;
mod docstring;
mod example;
mod fault;
mod find;
mod library;
mod module;
mod names;
mod probe;
mod problem;
mod reason;
mod rules;
mod settle;
mod slice;
mod world;

pub use fault::ModelFault;
pub use find::{DoctestFinder, Funnel};
pub use problem::DoctestProblem;
pub use reason::Reason;
pub use rules::Rules;
pub use settle::Settled;
