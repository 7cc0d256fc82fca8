//! What can be done to a program so that it is wrong.

use std::fmt;

/// What a mutation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// A comparison says the opposite: `<` is `>=`, `in` is `not in`.
    Comparison,
    /// A comparison differs where both sides are equal: `<` is `<=`.
    Boundary,
    /// Another arithmetic operator: `+` is `-`.
    Arithmetic,
    /// Another number.
    Number,
    /// `True` is `False`.
    Boolean,
    /// `and` is `or`.
    Connective,
    /// A condition is negated.
    Negation,
    /// A call has one argument less.
    ArgumentDropped,
    /// Two neighbouring positional arguments have changed places.
    ArgumentsSwapped,
    /// A statement is gone.
    StatementDropped,
    /// `return x` is `return None`.
    ReturnNone,
    /// Only a part of the returned expression is returned.
    ReturnPart,
    /// An index or a bound of a slice is off by one.
    Index,
    /// Another string.
    Text,
    /// `break` is `continue`.
    LoopExit,
    /// Another variable of the same scope.
    Variable,
    /// A keyword of a call has a name that is not quite right.
    Keyword,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Self; 17] = [
        Self::Comparison,
        Self::Boundary,
        Self::Arithmetic,
        Self::Number,
        Self::Boolean,
        Self::Connective,
        Self::Negation,
        Self::ArgumentDropped,
        Self::ArgumentsSwapped,
        Self::StatementDropped,
        Self::ReturnNone,
        Self::ReturnPart,
        Self::Index,
        Self::Text,
        Self::LoopExit,
        Self::Variable,
        Self::Keyword,
    ];

    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comparison => "comparison",
            Self::Boundary => "boundary",
            Self::Arithmetic => "arithmetic",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Connective => "connective",
            Self::Negation => "negation",
            Self::ArgumentDropped => "argument_dropped",
            Self::ArgumentsSwapped => "arguments_swapped",
            Self::StatementDropped => "statement_dropped",
            Self::ReturnNone => "return_none",
            Self::ReturnPart => "return_part",
            Self::Index => "index",
            Self::Text => "text",
            Self::LoopExit => "loop_exit",
            Self::Variable => "variable",
            Self::Keyword => "keyword",
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
