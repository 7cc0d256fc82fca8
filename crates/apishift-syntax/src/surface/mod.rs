//! The API surface of one Python module, from its source text alone.
//!
//! What comes in: the bytes of a `.py` or `.pyi` file. What goes out: a [`ModuleSurface`], plain values that can be
//! stored. Nothing is imported and nothing is run; names of other modules stay names here, `mine` resolves them.

mod callable;
mod decorator;
mod directive;
mod exports;
mod extract;
mod import;
mod literal;
mod model;
mod signature;
mod skeleton;
mod table;
mod warning;

pub use callable::{Callable, Given, parameter_list};
pub(crate) use directive::indent_of;
pub use extract::extract;
pub use model::{
    AllStep, Attribute, Binding, Class, Function, Import, Imported, Item, ItemKind, Mark, MarkSource,
    MarkSubject, MarkVerb, ModuleGetattr, ModuleSurface, NameNote, Parameter, ParameterKind, Unreadable,
};
