//! Statements that changed between two versions of a unit.

use apishift_syntax::code::{CodeUnit, Root, Scope, Statement, StatementKind};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Statements of the old unit and what stands in their place in the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// Indexes into the old unit's statements.
    pub(crate) old: Vec<usize>,
    /// Indexes into the new unit's statements.
    pub(crate) new: Vec<usize>,
}

/// Neighbouring statements that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hunk {
    /// Indexes into the old unit's statements.
    pub(crate) old: Vec<usize>,
    /// Indexes into the new unit's statements.
    pub(crate) new: Vec<usize>,
    /// Its edits: statements that pair off; last, where it is small, the whole of it, as an alternative to them.
    pub(crate) edits: Vec<Edit>,
}

/// Largest hunk that is taken as one edit where its statements do not pair off.
const MAX_GROUP: usize = 4;

/// Hunks between two versions of a unit, imports left out: what an import changes shows where the name is used.
pub(crate) fn hunks(old: &CodeUnit, old_scope: &Scope, new: &CodeUnit, new_scope: &Scope) -> Vec<Hunk> {
    let old_keys: Vec<String> = old.statements.iter().map(|s| key(s, old_scope)).collect();
    let new_keys: Vec<String> = new.statements.iter().map(|s| key(s, new_scope)).collect();
    let mut found = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old_keys, &new_keys) {
        let DiffOp::Replace { old_index, old_len, new_index, new_len } = op else { continue };
        let keep = |statements: &[Statement], from: usize, len: usize| -> Vec<usize> {
            (from..from + len)
                .filter(|&n| statements[n].kind != StatementKind::Import && !is_layout(&statements[n]))
                .collect()
        };
        let old_part = keep(&old.statements, old_index, old_len);
        let new_part = keep(&new.statements, new_index, new_len);
        if old_part.is_empty() || new_part.is_empty() {
            continue;
        }
        let edits = paired(old, &old_part, new, &new_part);
        found.push(Hunk { old: old_part, new: new_part, edits });
    }
    found
}

/// Statements that pair off by likeness, in order; then the whole where it is small enough and differs from the pairs.
fn paired(old: &CodeUnit, old_part: &[usize], new: &CodeUnit, new_part: &[usize]) -> Vec<Edit> {
    let mut pairs = Vec::new();
    let mut from = 0;
    for &o in old_part {
        let best = new_part
            .iter()
            .enumerate()
            .skip(from)
            .filter(|&(_, &n)| same_kind(&old.statements[o], &new.statements[n]))
            .map(|(at, &n)| (likeness(&old.statements[o], &new.statements[n]), at))
            .filter(|(likeness, _)| *likeness >= 0.4)
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        if let Some((_, at)) = best {
            pairs.push(Edit { old: vec![o], new: vec![new_part[at]] });
            from = at + 1;
        }
    }
    let whole = Edit { old: old_part.to_vec(), new: new_part.to_vec() };
    let small = old_part.len() <= MAX_GROUP && new_part.len() <= MAX_GROUP;
    let simple = |unit: &CodeUnit, part: &[usize]| {
        part.iter().all(|&n| matches!(unit.statements[n].kind, StatementKind::Simple | StatementKind::Return))
            && part.windows(2).all(|w| unit.statements[w[0]].parent == unit.statements[w[1]].parent)
    };
    if small && !pairs.contains(&whole) && simple(old, old_part) && simple(new, new_part) {
        pairs.push(whole);
    }
    pairs
}

/// Whether both are the same sort of statement: an assertion stays an assertion.
fn same_kind(old: &Statement, new: &Statement) -> bool {
    let leading = |s: &Statement| {
        let first = s.tokens.first().map(|t| t.text.clone()).unwrap_or_default();
        matches!(
            first.as_str(),
            "assert" | "return" | "raise" | "del" | "with" | "for" | "while" | "if" | "async" | "yield"
        )
        .then_some(first)
    };
    old.kind == new.kind && leading(old) == leading(new)
}

/// Share of tokens that both have, 0 to 1.
fn likeness(old: &Statement, new: &Statement) -> f64 {
    let mut rest: Vec<&str> = new.tokens.iter().map(|t| t.text.as_str()).collect();
    let total = old.tokens.len() + rest.len();
    let mut common = 0;
    for token in &old.tokens {
        if let Some(at) = rest.iter().position(|text| *text == token.text) {
            rest.swap_remove(at);
            common += 2;
        }
    }
    if total == 0 { 0.0 } else { f64::from(common) / total as f64 }
}

fn is_layout(statement: &Statement) -> bool {
    statement.kind == StatementKind::Docstring
}

/// What a statement says: its tokens, and what its imported names stand for.
fn key(statement: &Statement, scope: &Scope) -> String {
    let mut key: String = statement.tokens.iter().flat_map(|t| [t.text.as_str(), " "]).collect();
    if statement.kind == StatementKind::Definition && statement.tokens.is_empty() {
        // Opaque definitions are units of their own; here only their name counts.
        key.extend(statement.names.defines.iter().map(String::as_str));
        return key;
    }
    for chain in statement.chains.iter().filter(|chain| matches!(chain.root, Root::Name(_))) {
        if let Some(path) = scope.resolve(chain).filter(|path| !path.contains(['?', '('])) {
            key.push('\n');
            key.push_str(&path);
        }
    }
    key
}
