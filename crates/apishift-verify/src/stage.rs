//! Stages: each says something final about some of the programs, and lets the others go on.

use apishift_sandbox::SandboxError;
use apishift_syntax::grammar::{self, Syntax};
use ruff_python_ast::ModModule;
use ruff_python_parser::Parsed;

use crate::{
    desk::Desk,
    plain::{imports_little, is_plain},
    pool::Program,
    verdict::{Kind, Verdict},
};

/// A program on its way through the stages.
pub(crate) struct Case<'a> {
    pub(crate) program: &'a Program,
    /// Whether it can leave nothing behind in its process. Known once it was parsed.
    pub(crate) is_plain: bool,
    /// Whether what it imports takes little time. Known once it was parsed.
    pub(crate) imports_little: bool,
    /// Its syntax tree, where it was parsed.
    pub(crate) parsed: Option<Parsed<ModModule>>,
    /// What was said of it. Later stages leave it alone.
    pub(crate) verdict: Option<Verdict>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        Self { program, is_plain: false, imports_little: false, parsed: None, verdict: None }
    }
}

/// A stage.
pub(crate) trait Stage {
    /// Looks at programs that have the same tests, and sets the verdicts that it is sure of.
    fn look(&mut self, cases: &mut [Case<'_>], desk: &mut Desk<'_>) -> Result<(), SandboxError>;
}

/// Whether it is Python, told without running it.
pub(crate) struct SyntaxStage;

impl Stage for SyntaxStage {
    fn look(&mut self, cases: &mut [Case<'_>], desk: &mut Desk<'_>) -> Result<(), SandboxError> {
        let version = desk.version();
        for case in cases.iter_mut().filter(|case| case.verdict.is_none()) {
            match grammar::parse(&case.program.source, version) {
                Ok(parsed) => {
                    case.is_plain = is_plain(parsed.suite());
                    case.imports_little = imports_little(parsed.suite(), version);
                    case.parsed = Some(parsed);
                }
                Err(Syntax::Invalid(why)) => case.verdict = Some(Verdict::of(Kind::Syntax, why).by("syntax")),
                // The interpreter says it when it runs.
                Err(_) => {}
            }
        }
        Ok(())
    }
}
