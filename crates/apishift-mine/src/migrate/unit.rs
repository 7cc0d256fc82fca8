//! A unit on both sides, from its edits to rows.

use std::collections::{BTreeMap, BTreeSet};

use apishift_syntax::code::{CodeFile, CodeUnit, Scope, TokenKind};
use apishift_types::{Migration, Origin, Role, Skipped, UnitKind};

use super::{
    check::{PairLimits, check},
    describe::describe,
    edits::{Edit, hunks},
    engine::{Context, is_test_path},
    explain::{Explanation, Side, explain},
    leftover::{Edited, Leftover},
    pairs::{FilePair, package_of},
    rules::{Rule, Step, Subject},
    sites::{Site, Surroundings, sites},
    slice::{Half, Limits, Reason, Snippets, snippets},
    tests_as_scripts::Fixtures,
};

/// Where a unit stands.
pub(super) struct Place<'a> {
    /// The file.
    pub(super) pair: &'a FilePair,
    /// Top-level names that the file imports.
    pub(super) roots: &'a BTreeSet<String>,
    /// What the unit is; functions are told from tests and scripts later.
    pub(super) kind: UnitKind,
    /// Lines in the file, where they are not the unit's own.
    pub(super) lines: Option<(u32, u32)>,
    /// What the unit is called, or documents.
    pub(super) unit: &'a str,
}

/// The same unit on both sides.
pub(super) struct UnitPair<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) place: Place<'a>,
    pub(super) old_file: &'a CodeFile,
    pub(super) new_file: &'a CodeFile,
    pub(super) old_unit: &'a CodeUnit,
    pub(super) new_unit: &'a CodeUnit,
}

/// Edits of one unit that follow one rule.
struct Followed {
    edits: Vec<Edit>,
    soft: usize,
    sure: bool,
}

impl UnitPair<'_> {
    /// Rows of the unit: one for each rule that accounts for some of its edits.
    pub(super) fn migrations(&self, skipped: &mut Skipped) -> Vec<Migration> {
        let old_scope = self.old_file.scope_of(self.old_unit, &package_of(&self.place.pair.old_path));
        let new_scope = self.new_file.scope_of(self.new_unit, &package_of(&self.place.pair.path));
        let hunks = hunks(self.old_unit, &old_scope, self.new_unit, &new_scope);
        let mut by_rule: BTreeMap<usize, Followed> = BTreeMap::new();
        for hunk in &hunks {
            let mut taken = BTreeSet::new();
            for edit in &hunk.edits {
                if edit.old.iter().any(|at| taken.contains(at)) {
                    continue;
                }
                if let Some((rule, explanation, sure)) = self.follow(edit, &old_scope, &new_scope, skipped) {
                    taken.extend(edit.old.iter().copied());
                    let followed =
                        by_rule.entry(rule).or_insert(Followed { edits: Vec::new(), soft: 0, sure: true });
                    followed.edits.push(edit.clone());
                    followed.soft = followed.soft.max(explanation.soft);
                    followed.sure &= sure;
                }
            }
        }
        let edited = Edited {
            old: (self.old_unit, &old_scope),
            new: (self.new_unit, &new_scope),
            hunks: &hunks,
            explained: by_rule.values().flat_map(|followed| &followed.edits).collect(),
        };
        by_rule
            .iter()
            .filter_map(|(&rule, followed)| {
                let row = self.row(rule, followed, &edited);
                row.map_err(|reason| skipped.add(reason)).ok()
            })
            .collect()
    }

    /// The rule that accounts for an edit, best first: sure before guessed, fewer soft tokens before more.
    fn follow(
        &self,
        edit: &Edit,
        old_scope: &Scope,
        new_scope: &Scope,
        skipped: &mut Skipped,
    ) -> Option<(usize, Explanation, bool)> {
        let rules = self.context.rules;
        let around = Surroundings { scope: old_scope, roots: self.place.roots };
        let uses = edit.old.iter().flat_map(|&at| sites(&self.old_unit.statements[at], &around, rules));
        let found: Vec<Site> = uses.filter(|site| self.may_follow(&rules.rules[site.rule])).collect();
        if found.is_empty() {
            return None;
        }
        if self.expects_failure(edit) {
            skipped.add("expects-warning-or-error");
            return None;
        }
        let new_around = Surroundings { scope: new_scope, roots: self.place.roots };
        let remaining: BTreeSet<usize> = edit
            .new
            .iter()
            .flat_map(|&at| sites(&self.new_unit.statements[at], &new_around, rules))
            .map(|site| site.rule)
            .collect();
        let old = Side {
            statements: edit.old.iter().map(|&at| &self.old_unit.statements[at]).collect(),
            scope: old_scope,
        };
        let new = Side {
            statements: edit.new.iter().map(|&at| &self.new_unit.statements[at]).collect(),
            scope: new_scope,
        };
        let candidates: BTreeSet<usize> =
            found.iter().map(|site| site.rule).filter(|rule| !remaining.contains(rule)).collect();
        let explained = candidates.iter().filter_map(|&rule| {
            self.step_of(&rules.rules[rule])?;
            let gone: Vec<_> =
                found.iter().filter(|site| site.rule == rule).map(|site| site.range.clone()).collect();
            let sure = found.iter().any(|site| site.rule == rule && site.sure);
            explain(&rules.rules[rule], &old, &new, &gone).map(|explanation| (rule, explanation, sure))
        });
        let best = explained.min_by_key(|(rule, explanation, sure)| {
            let known = &rules.rules[*rule];
            // Of classes that share a method, the one that most code means has the shortest path.
            let depth = known.paths.first().map_or(0, |path| path.matches('.').count());
            (!sure, explanation.soft, known.replacement.is_empty(), depth, *rule)
        });
        if best.is_none() && !candidates.is_empty() {
            let is_due = candidates.iter().any(|&rule| self.step_of(&rules.rules[rule]).is_some());
            skipped.add(if is_due { "edit-not-explained" } else { "edit-before-the-change" });
        }
        best
    }

    /// Whether the rule is of a library that the unit uses from outside.
    fn may_follow(&self, rule: &Rule) -> bool {
        let is_code = matches!(self.place.kind, UnitKind::Function | UnitKind::Script | UnitKind::Test);
        !is_code || self.context.code_follows(&self.place.pair.path, &rule.library)
    }

    fn step_of<'r>(&self, rule: &'r Rule) -> Option<&'r Step> {
        let release = self.context.release;
        let own = rule.library == self.context.project.name;
        let date = release.date.map(|date| date.to_string());
        let step = rule.step_by(own.then_some(&release.version), date.as_deref())?;
        // A default that is written out years after it changed is a matter of taste.
        let is_late = matches!(rule.subject, Subject::Default(_))
            && months(date.as_deref())
                .zip(months(step.date.as_deref()))
                .is_some_and(|(edit, change)| edit > change + MOST_MONTHS);
        (!is_late).then_some(step)
    }

    /// Whether the statement stands where a warning or an error is what the code is about.
    fn expects_failure(&self, edit: &Edit) -> bool {
        // Of a library itself, what fails is told on purpose: its own old form. Of others, some other error is.
        let errors: &[&str] = match self.context.project.role {
            Role::Library => &["raises", "assertRaises", "assert_raises", "suppress"],
            Role::Dependent => &[],
        };
        let warnings = [
            "warns",
            "deprecated_call",
            "assertWarns",
            "catch_warnings",
            "assert_warns",
            "assert_produces_warning",
            "warns_deprecated",
            "expect_deprecated",
            "deprecated",
            "expect_warnings",
            "ignore_warnings",
            "filterwarnings",
        ];
        let names_one = |unit: &CodeUnit, at: usize| {
            unit.statements[at]
                .tokens
                .iter()
                .filter(|token| token.kind == TokenKind::Identifier)
                .any(|token| [errors, &warnings].concat().contains(&token.text.as_str()))
        };
        let in_one = |unit: &CodeUnit, at: usize| {
            let mut next = Some(at);
            while let Some(at) = next {
                if names_one(unit, at) {
                    return true;
                }
                next = unit.statements[at].parent;
            }
            false
        };
        edit.old.iter().any(|&at| in_one(self.old_unit, at))
            || edit.new.iter().any(|&at| in_one(self.new_unit, at))
    }

    fn row(&self, rule: usize, followed: &Followed, edited: &Edited<'_>) -> Result<Migration, Reason> {
        let rules = self.context.rules;
        let options = self.context.options;
        let step = self.step_of(&rules.rules[rule]).ok_or("no-change-by-then")?;
        let old = Half { file: self.old_file, unit: self.old_unit, scope: edited.old.1 };
        let new = Half { file: self.new_file, unit: self.new_unit, scope: edited.new.1 };
        let fixtures = Fixtures::of(self.old_file, self.old_unit, is_test_path(&self.place.pair.path));
        let limits = Limits {
            whole_function_lines: options.whole_function_lines,
            statements: options.max_lines,
            module_lines: 15,
        };
        let pair_limits = PairLimits { lines: options.max_lines, is_test: fixtures.is_test, step };
        let root = rules.rules[rule].root();
        let attempt = |edits: &[Edit]| -> Result<(Snippets, Leftover), Reason> {
            let pair = snippets(old, new, edits, &fixtures, &limits)?;
            let leftover = edited.leftover(&pair.kept, edits, root);
            if leftover == Leftover::Unexplained {
                return Err("changed-otherwise-too");
            }
            check(&pair, rule, rules, pair_limits)?;
            Ok((pair, leftover))
        };
        if fixtures.is_fixture {
            return Err("pytest-fixture");
        }
        if [self.old_unit, self.new_unit].into_iter().any(uses_its_name) {
            return Err("method-uses-its-name");
        }
        // All edits together where they fit, else the first that stands alone.
        let (pair, leftover) = attempt(&followed.edits).or_else(|reason| {
            let mut alone = followed.edits.iter().filter(|_| followed.edits.len() > 1);
            alone.find_map(|edit| attempt(std::slice::from_ref(edit)).ok()).ok_or(reason)
        })?;
        let lines = self.place.lines.unwrap_or_else(|| {
            let (first, last) = self.new_unit.lines;
            (u32::try_from(first).unwrap_or(u32::MAX), u32::try_from(last).unwrap_or(u32::MAX))
        });
        let project = self.context.project;
        let own = rules.rules[rule].library == project.name;
        let between = self.context.step;
        Ok(Migration {
            library: rules.rules[rule].library.clone(),
            change_id: step.change_id.clone(),
            origin: if own { Origin::Own } else { Origin::Dependent },
            unit_kind: self.unit_kind(&fixtures),
            project: project.name.clone(),
            project_old: between.old_name.clone(),
            project_new: between.new_name.clone(),
            path: self.place.pair.path.clone(),
            start_line: lines.0,
            end_line: lines.1,
            unit: self.place.unit.to_owned(),
            license: self.context.release.license.clone(),
            edit_shape: self.shape(&followed.edits, &rules.rules[rule]),
            description: describe(self.new_file, self.new_unit, &pair),
            quality: quality(&pair, followed, edited.hunks.len(), leftover, &rules.rules[rule], step),
            old_code: pair.old,
            new_code: pair.new,
            commit_message: between.message.clone(),
        })
    }

    fn unit_kind(&self, fixtures: &Fixtures) -> UnitKind {
        match (self.place.kind, fixtures.is_test, self.old_unit.has_header()) {
            (UnitKind::Function, true, _) => UnitKind::Test,
            (UnitKind::Function, false, false) => UnitKind::Script,
            (kind, _, _) => kind,
        }
    }

    /// The changed statements with local names and literals blanked.
    fn shape(&self, edits: &[Edit], rule: &Rule) -> String {
        let keeps = |text: &str| {
            rule.words.contains(text)
                || rule.replacement.iter().any(|part| part == text)
                || rule.paths.iter().any(|path| path.split('.').any(|part| part == text))
        };
        let side = |unit: &CodeUnit, statements: &[usize]| -> String {
            let tokens = statements.iter().flat_map(|&at| &unit.statements[at].tokens);
            let words = tokens.map(|token| match token.kind {
                TokenKind::Identifier if !keeps(&token.text) => "_",
                TokenKind::String | TokenKind::Number => "_",
                TokenKind::Identifier | TokenKind::Constant | TokenKind::Punctuation => token.text.as_str(),
            });
            words.collect::<Vec<_>>().join(" ")
        };
        let first = &edits[0];
        format!("{} => {}", side(self.old_unit, &first.old), side(self.new_unit, &first.new))
    }
}

/// Whether a method uses its own name for something else: out of its class it would be the method.
fn uses_its_name(unit: &CodeUnit) -> bool {
    let Some((_, method)) = unit.name.rsplit_once('.') else { return false };
    unit.statements.iter().skip(1).any(|statement| statement.names.uses.contains(method))
}

/// Months after which an edit does not answer to another default any more.
const MOST_MONTHS: u32 = 24;

/// Months since the year 0, of a day in ISO 8601.
fn months(day: Option<&str>) -> Option<u32> {
    let mut parts = day?.split('-').map(|part| part.parse::<u32>().ok());
    Some(parts.next()?? * 12 + parts.next()??)
}

/// How sure the miner is. The weights order rows under caps; they are no probability (see the card).
fn quality(
    pair: &Snippets,
    followed: &Followed,
    hunks: usize,
    leftover: Leftover,
    rule: &Rule,
    step: &Step,
) -> f64 {
    let mut quality: f64 = 1.0;
    for (doubt, cost) in [
        (!followed.sure, 0.2),
        (pair.in_class, 0.15),
        (pair.starred, 0.1),
        (leftover == Leftover::Explained, 0.15),
        (rule.replacement.is_empty(), 0.1),
        (!step.told, 0.35),
        (hunks > followed.edits.len(), 0.05),
    ] {
        if doubt {
            quality -= cost;
        }
    }
    quality -= 0.05 * followed.soft as f64;
    (quality.max(0.0) * 100.0).round() / 100.0
}
