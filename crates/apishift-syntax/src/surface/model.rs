//! What one module says about its API, as plain values.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Everything in one module that decides what it offers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleSurface {
    /// Definitions in source order, members after the class that holds them.
    pub items: Vec<Item>,
    /// Imports of the module scope in source order.
    pub imports: Vec<Import>,
    /// What is done to `__all__`, in order; `None` where the module has none.
    pub all: Option<Vec<AllStep>>,
    /// Names that the module deletes again (`del name`).
    pub deleted: Vec<String>,
    /// The module's `__getattr__`, where it has one.
    pub getattr: Option<ModuleGetattr>,
    /// What tables and `__getattr__` of the module say about names.
    pub notes: Vec<NameNote>,
    /// Directives of the module's docstring and warnings at import.
    pub marks: Vec<Mark>,
    /// Whether the parser met something that it could not read: what is missing here may still exist.
    pub has_errors: bool,
}

/// A definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name in the scope that holds it.
    pub name: String,
    /// Line of the name, from 1.
    pub line: u32,
    /// Index of the class that holds it, in [`ModuleSurface::items`].
    pub parent: Option<u32>,
    /// Only seen by type checkers (`if TYPE_CHECKING:`).
    pub typing_only: bool,
    /// What it is.
    pub kind: ItemKind,
    /// What the source says about its deprecation and history.
    pub marks: Vec<Mark>,
}

/// What a definition is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemKind {
    /// A function or method.
    Function(Function),
    /// A class.
    Class(Class),
    /// A variable of a module or class.
    Attribute(Attribute),
}

/// A function or method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Parameters in order, `self` and `cls` among them.
    pub params: Vec<Parameter>,
    /// Return annotation.
    pub returns: Option<String>,
    /// How it is bound.
    pub binding: Binding,
    /// Marked `@overload`: one of several signatures of one function.
    pub overload: bool,
    /// Decorators as dotted names without arguments, outermost first.
    pub decorators: Vec<String>,
    /// Keywords that a decorator still accepts, though the parameter list has them no more, with their new names.
    pub accepted: Vec<(String, Option<String>)>,
    /// Hash of the body without docstring, comments and white space.
    pub fingerprint: u64,
    /// Bytes that went into [`Self::fingerprint`]: short bodies are alike by chance.
    pub body_bytes: u32,
}

/// How a function is bound to its class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Binding {
    /// A function of a module, or a method with `self`.
    #[default]
    Plain,
    /// `@staticmethod`.
    Static,
    /// `@classmethod`.
    Class,
    /// `@property`, `@cached_property` and the like: read, not called.
    Property,
    /// Setter or deleter of a property.
    Setter,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name without stars.
    pub name: String,
    /// How it may be given.
    pub kind: ParameterKind,
    /// Source of the default.
    pub default: Option<String>,
    /// Source of the annotation.
    pub annotation: Option<String>,
}

/// How a parameter may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParameterKind {
    /// By position only (before `/`).
    PositionalOnly,
    /// By position or keyword.
    Either,
    /// `*args`.
    VarPositional,
    /// By keyword only (after `*`).
    KeywordOnly,
    /// `**kwargs`.
    VarKeyword,
}

impl ParameterKind {
    /// Whether it takes one argument: neither `*args` nor `**kwargs`.
    pub fn takes_one(self) -> bool {
        !matches!(self, Self::VarPositional | Self::VarKeyword)
    }
}

/// A class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Source of the base expressions, subscripts cut off (`Generic[T]` is `Generic`).
    pub bases: Vec<String>,
    /// Whether a metaclass or other class keyword is given.
    pub has_keywords: bool,
    /// Decorators as dotted names without arguments.
    pub decorators: Vec<String>,
    /// Names assigned on `self` somewhere in the class.
    pub self_names: Vec<String>,
}

/// A variable of a module or class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Source of the value, at most [`Attribute::MAX_VALUE`] bytes of it.
    pub value: Option<String>,
    /// Source of the annotation.
    pub annotation: Option<String>,
    /// Dotted name, where the value is nothing but one: the attribute is another name of that.
    pub alias_of: Option<String>,
    /// The text, where the value is a string, or a call that is given one.
    pub text: Option<String>,
}

impl Attribute {
    /// Longest value that is kept, in bytes.
    pub const MAX_VALUE: usize = 200;
}

/// An import of the module scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Leading dots.
    pub level: u32,
    /// Module as written, without leading dots; may be empty (`from . import x`).
    pub module: String,
    /// What of it is bound.
    pub what: Imported,
    /// Line, from 1.
    pub line: u32,
    /// Only seen by type checkers.
    pub typing_only: bool,
}

/// What an import binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Imported {
    /// `import a.b` binds `a`; `import a.b as c` binds `c` to `a.b`.
    Module {
        /// The name after `as`.
        alias: Option<String>,
    },
    /// `from m import name [as alias]`.
    Name {
        /// Name in the other module.
        name: String,
        /// The name after `as`.
        alias: Option<String>,
    },
    /// `from m import *`.
    Star,
}

/// One step in the making of `__all__`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AllStep {
    /// `__all__ = ...`: forget what was there.
    Reset,
    /// Names added.
    Names(Vec<String>),
    /// `x.__all__` added, where `x` is this dotted name, or a list of this name imported from elsewhere.
    Of(String),
    /// A name removed.
    Remove(String),
    /// Something that only running the module tells.
    Unknown,
}

/// What is known of a module's `__getattr__` without running it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleGetattr {
    /// Names and strings that its body mentions, sorted.
    pub mentions: Vec<String>,
    /// It may serve names that nothing in it mentions (it imports modules or reads attributes by name).
    pub is_open: bool,
}

/// What a table or a `__getattr__` says about a name of the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameNote {
    /// Variable that holds the table, empty for a branch of `__getattr__`.
    pub table: String,
    /// The name that it is about.
    pub name: String,
    /// Message or new name.
    pub text: String,
    /// Line, from 1.
    pub line: u32,
    /// Access fails: the name is expired, not only deprecated.
    pub expired: bool,
}

/// One statement of the source about deprecation or history of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Where it stands.
    pub source: MarkSource,
    /// What it says happened.
    pub verb: MarkVerb,
    /// What it is about, as far as its place tells.
    pub subject: MarkSubject,
    /// New name that the form of the mark gives (`@deprecate_kwarg("old", "new")`), before any reading of the text.
    pub replacement: Option<String>,
    /// Version that the mark names.
    pub version: Option<String>,
    /// Its text, white space joined; holes that only running fills are shown as `{expression}`.
    pub text: String,
    /// Name of a message in another module, where the text is to be had there.
    pub text_from: Option<String>,
    /// Line, from 1.
    pub line: u32,
}

/// Where a mark stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MarkSource {
    /// A decorator.
    Decorator,
    /// A call that warns, in the body.
    Warning,
    /// A directive of the docstring.
    Directive,
}

/// What a mark says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MarkVerb {
    /// Deprecated, or to be removed.
    Deprecated,
    /// Behaves otherwise since then.
    Changed,
    /// Exists since then.
    Added,
    /// To be given by keyword.
    KeywordOnly,
}

/// What a mark is about, as far as its place in the source tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MarkSubject {
    /// The definition: the mark is met whenever it is used.
    Symbol,
    /// A parameter: the mark stands behind a test of it, names it, or stands in its documentation.
    Parameter(String),
    /// An attribute documented in the class's docstring.
    Attribute(String),
    /// Behind some other condition: only the text tells.
    Conditional,
}

/// A source file that has no surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum Unreadable {
    /// The bytes are not UTF-8.
    #[error("read source: not UTF-8")]
    NotUtf8,
    /// More than [`crate::parser::MAX_BYTES`] bytes.
    #[error("read source: too large")]
    TooLarge,
    /// The parser gave up.
    #[error("read source: does not parse")]
    Unparsable,
}

impl Unreadable {
    /// The reason under which such files are counted, kebab-case.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotUtf8 => "source-not-utf8",
            Self::TooLarge => "source-too-large",
            Self::Unparsable => "source-unparsable",
        }
    }
}

impl Item {
    /// The function, where it is one.
    pub fn as_function(&self) -> Option<&Function> {
        match &self.kind {
            ItemKind::Function(function) => Some(function),
            ItemKind::Class(_) | ItemKind::Attribute(_) => None,
        }
    }

    /// The class, where it is one.
    pub fn as_class(&self) -> Option<&Class> {
        match &self.kind {
            ItemKind::Class(class) => Some(class),
            ItemKind::Function(_) | ItemKind::Attribute(_) => None,
        }
    }

    /// The attribute, where it is one.
    pub fn as_attribute(&self) -> Option<&Attribute> {
        match &self.kind {
            ItemKind::Attribute(attribute) => Some(attribute),
            ItemKind::Function(_) | ItemKind::Class(_) => None,
        }
    }
}

impl Import {
    /// The name that the import binds in the module; `None` for a star.
    pub fn bound(&self) -> Option<&str> {
        match &self.what {
            Imported::Module { alias: Some(alias) } | Imported::Name { alias: Some(alias), .. } => {
                Some(alias)
            }
            Imported::Module { alias: None } => self.module.split('.').next(),
            Imported::Name { name, alias: None } => Some(name),
            Imported::Star => None,
        }
    }
}
