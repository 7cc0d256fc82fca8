//! What else changed in the statements that a pair takes along.
//!
//! New code is the old slice with only the explained statements replaced. Where the authors changed more of that slice
//! in ways that concern the library, the result is code that nobody wrote: half of a migration.

use std::collections::BTreeSet;

use apishift_syntax::code::{CodeUnit, Scope, Statement};

use super::edits::{Edit, Hunk};

/// Changes in a slice besides those that it shows, the worst of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leftover {
    /// None that concerns the library.
    Nothing,
    /// Another rule explains them.
    Explained,
    /// No rule explains them, and they use the library.
    Unexplained,
}

/// A unit on both sides, with what is known of its edits.
pub(super) struct Edited<'a> {
    pub(super) old: (&'a CodeUnit, &'a Scope),
    pub(super) new: (&'a CodeUnit, &'a Scope),
    pub(super) hunks: &'a [Hunk],
    /// Edits that some rule explains.
    pub(super) explained: Vec<&'a Edit>,
}

impl Edited<'_> {
    /// What changed in the `kept` statements of the old unit besides `shown`, as far as it concerns what is imported
    /// from `root`.
    pub(super) fn leftover(&self, kept: &BTreeSet<usize>, shown: &[Edit], root: &str) -> Leftover {
        let shown: BTreeSet<usize> = shown.iter().flat_map(|edit| edit.old.iter().copied()).collect();
        let explained_old: BTreeSet<usize> =
            self.explained.iter().flat_map(|edit| edit.old.iter().copied()).collect();
        let explained_new: BTreeSet<usize> =
            self.explained.iter().flat_map(|edit| edit.new.iter().copied()).collect();
        let of_hunk = |hunk: &Hunk| {
            let rest: Vec<usize> =
                hunk.old.iter().copied().filter(|at| kept.contains(at) && !shown.contains(at)).collect();
            if rest.is_empty() {
                return Leftover::Nothing;
            }
            if rest.iter().all(|at| explained_old.contains(at)) {
                return Leftover::Explained;
            }
            let before = rest.iter().filter(|at| !explained_old.contains(at));
            let after = hunk.new.iter().filter(|at| !explained_new.contains(at));
            let concerns = before.map(|&at| (&self.old.0.statements[at], self.old.1)).any(|s| uses(s, root))
                || after.map(|&at| (&self.new.0.statements[at], self.new.1)).any(|s| uses(s, root));
            if concerns { Leftover::Unexplained } else { Leftover::Nothing }
        };
        self.hunks.iter().map(of_hunk).max().unwrap_or(Leftover::Nothing)
    }
}

/// Whether a statement names something of a library.
fn uses((statement, scope): (&Statement, &Scope), root: &str) -> bool {
    statement.chains.iter().filter_map(|chain| scope.resolve(chain)).any(|path| {
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(']))
    })
}
