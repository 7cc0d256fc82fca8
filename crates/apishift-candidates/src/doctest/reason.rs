//! Why a function gives no problem.

use std::fmt;

/// Why a function with a docstring gives no problem; or, of those that do, why the problem is left out once it was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Its docstring has no example.
    NoExample,
    /// Too few of its examples show a value of it, and can be run without its package.
    FewTests,
    /// Its examples leave open what they show: an address, the order of a set.
    OpenOutput,
    /// It is asynchronous, or a test, or defined several times.
    Form,
    /// Its body only hands its arguments over to another function.
    Wrapper,
    /// It is longer than [`Rules::function_lines`](super::Rules::function_lines).
    LongFunction,
    /// Its docstring is longer than [`Rules::docstring_lines`](super::Rules::docstring_lines).
    LongDocstring,
    /// Without its examples its docstring hardly says anything, and there is only one of them.
    NoProse,
    /// What it needs is longer than [`Rules::program_lines`](super::Rules::program_lines).
    LongProgram,
    /// It needs classes longer than [`Rules::class_lines`](super::Rules::class_lines).
    LargeClass,
    /// It needs a package that is not Python's own.
    OtherPackage,
    /// It needs a name that nothing defines, as far as can be read.
    UnknownName,
    /// It needs two things of the same name.
    NameClash,
    /// It needs files, the network, processes, chance or the time.
    OutsideWorld,
    /// The same function was there already: an older release, a copy in another package.
    Duplicate,
    /// What was cut out of its file is no Python.
    Unreadable,
    /// Its own body does not pass its examples.
    GoldFails,
    /// No candidate fails, or none passes.
    NotMixed,
    /// More than half of its mutants pass: its examples say too little.
    WeakTests,
}

impl Reason {
    /// Every reason, in the order in which they are looked for.
    pub const ALL: [Self; 19] = [
        Self::NoExample,
        Self::FewTests,
        Self::OpenOutput,
        Self::Form,
        Self::Wrapper,
        Self::LongFunction,
        Self::LongDocstring,
        Self::NoProse,
        Self::LongProgram,
        Self::LargeClass,
        Self::OtherPackage,
        Self::UnknownName,
        Self::NameClash,
        Self::OutsideWorld,
        Self::Duplicate,
        Self::Unreadable,
        Self::GoldFails,
        Self::NotMixed,
        Self::WeakTests,
    ];

    /// The name in manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoExample => "no-example",
            Self::FewTests => "few-tests",
            Self::OpenOutput => "open-output",
            Self::Form => "form",
            Self::Wrapper => "wrapper",
            Self::LongFunction => "long-function",
            Self::LongDocstring => "long-docstring",
            Self::NoProse => "no-prose",
            Self::LongProgram => "long-program",
            Self::LargeClass => "large-class",
            Self::OtherPackage => "other-package",
            Self::UnknownName => "unknown-name",
            Self::NameClash => "name-clash",
            Self::OutsideWorld => "outside-world",
            Self::Duplicate => "duplicate",
            Self::Unreadable => "unreadable",
            Self::GoldFails => "gold-fails",
            Self::NotMixed => "not-mixed",
            Self::WeakTests => "weak-tests",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
