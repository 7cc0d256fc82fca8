//! Statements, flattened, with what each names and calls.

use std::{collections::BTreeSet, ops::Range};

use super::token::Token;

/// What a statement is, as far as slicing has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// One logical line.
    Simple,
    /// An import.
    Import,
    /// A docstring, or another string on its own.
    Docstring,
    /// `return`, or `yield` on its own.
    Return,
    /// `if`, `for`, `while`, `with`, `try`, `match`.
    Compound,
    /// `elif`, `else`, `except`, `finally`, `case`: goes with its parent.
    Clause,
    /// A nested function or class.
    Definition,
}

/// Where a dotted expression starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// A name.
    Name(String),
    /// The result of calling another dotted expression.
    Result(Box<Chain>),
    /// Anything else: a subscript, a literal, a parenthesis.
    Other,
}

/// A dotted expression, as long as it goes: `np.linalg.norm`, `Frame(x).append`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Where it starts.
    pub root: Root,
    /// The attributes after the root.
    pub parts: Vec<String>,
    /// Where the whole expression stands, in bytes.
    pub range: Range<usize>,
    /// Whether it is called where it stands.
    pub called: bool,
}

impl Chain {
    /// The last name of the chain: the attribute, or the name alone.
    pub fn last(&self) -> Option<&str> {
        match (&self.root, self.parts.last()) {
            (_, Some(part)) => Some(part),
            (Root::Name(name), None) => Some(name),
            (Root::Result(_) | Root::Other, None) => None,
        }
    }
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Keyword, `None` for a positional argument.
    pub name: Option<String>,
    /// `*x` or `**x`.
    pub splat: bool,
    /// Where the whole argument stands (with its keyword), in bytes.
    pub range: Range<usize>,
    /// Where its value stands, in bytes.
    pub value: Range<usize>,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What is called.
    pub callee: Chain,
    /// With which arguments.
    pub arguments: Vec<Argument>,
    /// Where the call stands, callee included, in bytes.
    pub range: Range<usize>,
}

impl Call {
    /// Whether a keyword of this name is given.
    pub fn keyword(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.name.as_deref() == Some(name))
    }

    /// How many arguments are given by position; `None` with a splat among them.
    pub fn positional(&self) -> Option<usize> {
        let mut count = 0;
        for argument in &self.arguments {
            match (argument.splat, &argument.name) {
                (true, _) => return None,
                (false, None) => count += 1,
                (false, Some(_)) => {}
            }
        }
        Some(count)
    }
}

/// Names of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Bound here.
    pub defines: BTreeSet<String>,
    /// Changed here without being bound: `x.a = 1`, `x[0] = 1`, `x.append(1)`.
    pub mutates: BTreeSet<String>,
    /// Read here (not those bound inside the same expression, as by a comprehension).
    pub uses: BTreeSet<String>,
}

/// One statement of a unit.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// The whole statement with its body, in bytes.
    pub range: Range<usize>,
    /// The statement without the statements in its body, in bytes.
    pub head: Range<usize>,
    /// Index of the statement whose body this one is in.
    pub parent: Option<usize>,
    /// Index after the last statement in this one's body.
    pub end: usize,
    /// Tokens of the head.
    pub tokens: Vec<Token>,
    /// Names of the head.
    pub names: Names,
    /// Dotted expressions of the head, outermost first.
    pub chains: Vec<Chain>,
    /// Calls of the head, outermost first.
    pub calls: Vec<Call>,
    /// `x = <chain>(...)` or `x: <chain>`: the name and what it is an instance or a result of.
    pub typed: Option<(String, Chain)>,
}

impl Statement {
    /// Whether two statements say the same, whatever their layout.
    pub fn same_tokens(&self, other: &Self) -> bool {
        self.kind == other.kind && self.tokens == other.tokens
    }
}
