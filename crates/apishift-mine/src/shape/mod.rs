//! Shapes of calls: what signatures with `*args` and `**kwargs` do not show.
//!
//! What comes in: statements and their calls, as `apishift-syntax` reads them. What goes out: how two calls of the same
//! thing differ in shape ([`ShapeChange`]), and statements with such a difference evened out.

mod arguments;
mod canonical;
mod change;
mod difference;

pub(crate) use arguments::{is_new, is_old};
pub(crate) use canonical::{Levelled, canonical};
pub(crate) use change::Form;
pub use change::{NoShape, ShapeChange, Slot};
pub(crate) use difference::{Difference, difference};
