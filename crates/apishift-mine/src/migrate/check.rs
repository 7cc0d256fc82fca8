//! Reading a pair again as a stranger would: does it stand alone, and is the old API in the one and not in the other?

use std::collections::BTreeSet;

use apishift_syntax::code::{Binding, CodeFile, CodeUnit};

use super::{
    rules::{Rule, RuleSet, Step, Subject},
    sites::{Site, Surroundings, sites},
    slice::{Reason, Snippets, free_names_of},
};

/// Limits of a pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct PairLimits<'a> {
    /// Most lines of either code.
    pub(super) lines: usize,
    /// Whether it is cut from a test: then nothing may be asked of fixtures that are not shown.
    pub(super) is_test: bool,
    /// The step of the rule that the edit answers to.
    pub(super) step: &'a Step,
}

/// Checks a pair for a rule.
pub(super) fn check(
    pair: &Snippets,
    rule: usize,
    rules: &RuleSet,
    limits: PairLimits<'_>,
) -> Result<(), Reason> {
    if pair.old.lines().count().max(pair.new.lines().count()) > limits.lines {
        return Err("snippet-too-long");
    }
    if pair.old == pair.new {
        return Err("no-difference");
    }
    // Within functions too, where no name tells.
    let is_relative = |line: &str| line.trim_start().starts_with("from .");
    if [&pair.old, &pair.new].iter().any(|code| code.lines().any(is_relative)) {
        return Err("relative-import");
    }
    let read = |code: &str| -> Result<CodeFile, Reason> {
        let file = CodeFile::parse(code, "").ok_or("unparsable-snippet")?;
        if limits.is_test && takes_fixtures(&file) {
            return Err("fixtures-from-elsewhere");
        }
        if awaits_outside(&file) {
            return Err("await-outside-function");
        }
        let undefined = free_names_of(&file).into_iter().any(|name| !is_builtin(&name));
        if undefined && !pair.starred {
            return Err("undefined-names");
        }
        Ok(file)
    };
    let (old, new) = (read(&pair.old)?, read(&pair.new)?);
    if imports_otherwise(&old, &new, &rules.rules[rule]) {
        return Err("imports-changed-otherwise");
    }
    if has_new_name(&old, &rules.rules[rule]) {
        return Err("old-api-under-the-new-name");
    }
    match (count_sites(&old, rule, rules), count_sites(&new, rule, rules)) {
        (0, _) => Err("old-form-unseen"),
        (_, 0) if uses_gone(&new, rules, limits.step, &rules.rules[rule].library) => Err("old-api-remains"),
        (_, 0) => Ok(()),
        (_, _) => Err("old-form-remains"),
    }
}

/// Whether a code still uses a name that the library marked or dropped by the release of the step: half migrated.
fn uses_gone(file: &CodeFile, rules: &RuleSet, step: &Step, library: &str) -> bool {
    let is_gone = |rule: &Rule| {
        matches!(rule.subject, Subject::Name | Subject::Method)
            && rule.library == library
            && rule.steps.iter().any(|other| other.best && other.version <= step.version)
    };
    all_sites(file, rules).iter().any(|site| site.sure && is_gone(&rules.rules[site.rule]))
}

/// Whether a test in it asks for values which only its test suite knows.
fn takes_fixtures(file: &CodeFile) -> bool {
    let is_test =
        |unit: &&CodeUnit| unit.name.rsplit('.').next().is_some_and(|name| name.starts_with("test"));
    let is_asked = |unit: &CodeUnit| {
        unit.parameters.iter().any(|p| p.default.is_none() && !matches!(p.name.as_str(), "self" | "cls"))
    };
    file.units.iter().filter(is_test).any(is_asked)
}

/// Whether it awaits where there is no function, which only a notebook runs.
fn awaits_outside(file: &CodeFile) -> bool {
    let module = file.units.iter().filter(|unit| !unit.has_header());
    let mut heads = module.flat_map(|unit| &unit.statements).map(|statement| &statement.tokens);
    heads.any(|tokens| {
        let is_definition = tokens.iter().any(|token| token.text == "def");
        !is_definition && tokens.iter().any(|token| matches!(token.text.as_str(), "await" | "async"))
    })
}

/// Whether a name comes from another place now, where the rule is about how it is called, or about something else.
fn imports_otherwise(old: &CodeFile, new: &CodeFile, rule: &Rule) -> bool {
    let is_name = matches!(rule.subject, Subject::Name | Subject::Method);
    let concerns = |path: &str| {
        let leads = |a: &str, b: &str| a == b || a.strip_prefix(b).is_some_and(|rest| rest.starts_with('.'));
        rule.paths.iter().any(|known| leads(path, known) || leads(known, path))
    };
    old.scope.imports.iter().any(|(name, before)| match (before, new.scope.imports.get(name)) {
        (Binding::Path(before), Some(Binding::Path(after))) => {
            before != after && !(is_name && concerns(before))
        }
        _ => false,
    })
}

/// Whether the old API is imported as the new one is called: that is how code goes along with both.
fn has_new_name(old: &CodeFile, rule: &Rule) -> bool {
    let Some(new_name) = rule.replacement.last().filter(|last| *last != rule.old_name()) else {
        return false;
    };
    matches!(old.scope.imports.get(new_name), Some(Binding::Path(path)) if rule.paths.contains(path))
}

/// Top-level names of what a file imports.
pub(super) fn roots_of(file: &CodeFile) -> BTreeSet<String> {
    let paths = file.scope.imports.values().filter_map(|binding| match binding {
        Binding::Path(path) => Some(path.as_str()),
        Binding::Ambiguous => None,
    });
    let lines = file.scope.stars.iter().map(String::as_str);
    paths.chain(lines).filter_map(|path| path.split('.').next()).map(str::to_owned).collect()
}

fn count_sites(file: &CodeFile, rule: usize, rules: &RuleSet) -> usize {
    all_sites(file, rules).iter().filter(|site| site.rule == rule).count()
}

fn all_sites(file: &CodeFile, rules: &RuleSet) -> Vec<Site> {
    let roots = roots_of(file);
    let mut found = Vec::new();
    for unit in &file.units {
        let scope = file.scope_of(unit, "");
        let around = Surroundings { scope: &scope, roots: &roots };
        found.extend(unit.statements.iter().flat_map(|statement| sites(statement, &around, rules)));
    }
    found
}

/// Names that Python binds by itself: builtins of 3.8 and later, and module attributes.
pub(super) fn is_builtin(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "__build_class__",
        "__debug__",
        "__doc__",
        "__file__",
        "__import__",
        "__name__",
        "__package__",
        "__path__",
        "__spec__",
        "__class__",
        "__version__",
        "abs",
        "aiter",
        "all",
        "anext",
        "any",
        "ascii",
        "bin",
        "bool",
        "breakpoint",
        "bytearray",
        "bytes",
        "callable",
        "chr",
        "classmethod",
        "compile",
        "complex",
        "copyright",
        "credits",
        "delattr",
        "dict",
        "dir",
        "divmod",
        "enumerate",
        "eval",
        "exec",
        "exit",
        "filter",
        "float",
        "format",
        "frozenset",
        "getattr",
        "globals",
        "hasattr",
        "hash",
        "help",
        "hex",
        "id",
        "input",
        "int",
        "isinstance",
        "issubclass",
        "iter",
        "len",
        "license",
        "list",
        "locals",
        "map",
        "max",
        "memoryview",
        "min",
        "next",
        "object",
        "oct",
        "open",
        "ord",
        "pow",
        "print",
        "property",
        "quit",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "setattr",
        "slice",
        "sorted",
        "staticmethod",
        "str",
        "sum",
        "super",
        "tuple",
        "type",
        "vars",
        "zip",
        "NotImplemented",
        "Ellipsis",
        "StopIteration",
        "StopAsyncIteration",
        "GeneratorExit",
        "SystemExit",
    ];
    NAMES.contains(&name) || EXCEPTIONS.contains(&name)
}

const EXCEPTIONS: &[&str] = &[
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BaseException",
    "BlockingIOError",
    "BrokenPipeError",
    "BufferError",
    "BytesWarning",
    "ChildProcessError",
    "ConnectionAbortedError",
    "ConnectionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "DeprecationWarning",
    "EOFError",
    "EncodingWarning",
    "EnvironmentError",
    "Exception",
    "FileExistsError",
    "FileNotFoundError",
    "FloatingPointError",
    "FutureWarning",
    "IOError",
    "ImportError",
    "ImportWarning",
    "IndentationError",
    "IndexError",
    "InterruptedError",
    "IsADirectoryError",
    "KeyError",
    "KeyboardInterrupt",
    "LookupError",
    "MemoryError",
    "ModuleNotFoundError",
    "NameError",
    "NotADirectoryError",
    "NotImplementedError",
    "OSError",
    "OverflowError",
    "PendingDeprecationWarning",
    "PermissionError",
    "ProcessLookupError",
    "RecursionError",
    "ReferenceError",
    "ResourceWarning",
    "RuntimeError",
    "RuntimeWarning",
    "SyntaxError",
    "SyntaxWarning",
    "SystemError",
    "TabError",
    "TimeoutError",
    "TypeError",
    "UnboundLocalError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnicodeError",
    "UnicodeTranslateError",
    "UnicodeWarning",
    "UserWarning",
    "ValueError",
    "Warning",
    "ZeroDivisionError",
];
