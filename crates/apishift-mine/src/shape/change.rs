//! A change of one argument's shape, and its text in tables.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// How an argument is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// Any expression.
    Value,
    /// `*x`.
    Star,
    /// `[x, ...]`, no comprehension.
    List,
    /// `(x, ...)`.
    Tuple,
    /// `{x, ...}`, no comprehension.
    Set,
    /// `{k: x, ...}`, no comprehension.
    Dict,
    /// Any number of arguments of their own.
    Items,
}

impl Form {
    const ALL: [Self; 7] =
        [Self::Value, Self::Star, Self::List, Self::Tuple, Self::Set, Self::Dict, Self::Items];

    /// As code, `x` standing for any expression.
    fn code(self) -> &'static str {
        match self {
            Self::Value => "x",
            Self::Star => "*x",
            Self::List => "[x, ...]",
            Self::Tuple => "(x, ...)",
            Self::Set => "{x, ...}",
            Self::Dict => "{k: x, ...}",
            Self::Items => "x, ...",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Value => "a value",
            Self::Star => "an unpacked value",
            Self::List => "a list",
            Self::Tuple => "a tuple",
            Self::Set => "a set",
            Self::Dict => "a dict",
            Self::Items => "separate arguments",
        }
    }

    /// Whether it stands in brackets of its own.
    pub(super) fn is_bracketed(self) -> bool {
        matches!(self, Self::List | Self::Tuple | Self::Set | Self::Dict)
    }
}

/// Where an argument stands in its call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// By position, from 0.
    Position(usize),
    /// By keyword.
    Keyword(String),
}

/// One argument of a call, or several where they are counted together.
///
/// As text it is an argument list: `([x, ...])` is a list as the first argument, `(_, x, ...)` are arguments of their
/// own from the second on, `(whens=x)` is a keyword.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// Where it stands.
    pub(crate) place: Place,
    /// How it is written.
    pub(crate) form: Form,
}

impl Slot {
    /// What it is, in words: `a list as the first argument`.
    fn words(&self) -> String {
        match (&self.place, self.form) {
            (Place::Position(_), Form::Items) => Form::Items.words().to_owned(),
            (Place::Position(at), form) => format!("{} as the {} argument", form.words(), ordinal(*at)),
            (Place::Keyword(name), Form::Value) => format!("the keyword `{name}`"),
            (Place::Keyword(name), form) => format!("{} as the keyword `{name}`", form.words()),
        }
    }
}

fn ordinal(at: usize) -> String {
    const NAMES: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
    NAMES.get(at).map_or_else(|| format!("{}th", at + 1), |&name| name.to_owned())
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Position(at) => write!(f, "({}{})", "_, ".repeat(*at), self.form.code()),
            Place::Keyword(name) => write!(f, "({name}={})", self.form.code()),
        }
    }
}

/// A text that is no [`Slot`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("read the call shape `{0}`")]
pub struct NoShape(String);

impl FromStr for Slot {
    type Err = NoShape;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || NoShape(text.to_owned());
        let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).ok_or_else(fail)?;
        let mut code = inner.trim_start_matches("_, ");
        let mut place = Place::Position((inner.len() - code.len()) / "_, ".len());
        if let Some((name, value)) = inner.split_once('=') {
            place = Place::Keyword(name.to_owned());
            code = value;
        }
        let form = Form::ALL.into_iter().find(|form| form.code() == code).ok_or_else(fail)?;
        Ok(Self { place, form })
    }
}

/// How calls of one thing changed: an argument of this shape is now of that one.
///
/// ```
/// use apishift_mine::ShapeChange;
/// let change = ShapeChange::read("([x, ...])", "(x, ...)").unwrap();
/// assert_eq!(change.to_string(), "a list as the first argument became separate arguments");
/// assert!(ShapeChange::read("(a, b=1)", "(a)").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShapeChange {
    /// As it was.
    pub from: Slot,
    /// As it is.
    pub to: Slot,
}

impl ShapeChange {
    /// The change between two shapes as tables hold them; `None` for other text, as for signatures.
    pub fn read(old: &str, new: &str) -> Option<Self> {
        Some(Self { from: old.parse().ok()?, to: new.parse().ok()? })
    }

    /// The keyword that it takes away or asks for.
    pub(crate) fn keyword(&self) -> Option<&str> {
        [&self.from.place, &self.to.place].into_iter().find_map(|place| match place {
            Place::Keyword(name) => Some(name.as_str()),
            Place::Position(_) => None,
        })
    }

    /// The position that it is about, where the old shape has one.
    pub(crate) fn old_position(&self) -> Option<usize> {
        match self.from.place {
            Place::Position(at) => Some(at),
            Place::Keyword(_) => None,
        }
    }

    /// Whether a keyword is no longer given.
    pub(crate) fn drops_keyword(&self) -> bool {
        matches!((&self.from.place, &self.to.place), (Place::Keyword(_), Place::Position(_)))
    }

    /// Whether a keyword is now given.
    pub(crate) fn adds_keyword(&self) -> bool {
        matches!((&self.from.place, &self.to.place), (Place::Position(_), Place::Keyword(_)))
    }
}

impl fmt::Display for ShapeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to =
            if self.from.place == self.to.place { self.to.form.words().to_owned() } else { self.to.words() };
        write!(f, "{} became {to}", self.from.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_reads_as_it_is_written() {
        for form in Form::ALL {
            for place in [Place::Position(0), Place::Position(2), Place::Keyword("whens".to_owned())] {
                let slot = Slot { place, form };
                assert_eq!(slot.to_string().parse(), Ok(slot));
            }
        }
        for text in ["", "(a, b)", "(self, *args)", "([x, ...]", "(columns=None)"] {
            assert!(text.parse::<Slot>().is_err(), "{text}");
        }
    }

    #[test]
    fn words_say_what_became_what() {
        let said = |old, new| ShapeChange::read(old, new).expect("both are shapes").to_string();
        insta::assert_snapshot!(said("(_, [x, ...])", "(_, (x, ...))"), @"a list as the second argument became a tuple");
        insta::assert_snapshot!(said("(x, ...)", "([x, ...])"), @"separate arguments became a list");
        insta::assert_snapshot!(said("(whens=x)", "(x)"), @"the keyword `whens` became a value as the first argument");
        insta::assert_snapshot!(said("(_, x)", "(size=x)"), @"a value as the second argument became the keyword `size`");
        insta::assert_snapshot!(said("(x)", "(*x)"), @"a value as the first argument became an unpacked value");
    }
}
