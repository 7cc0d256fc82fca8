//! From a project's history to migrations.

use std::collections::{BTreeMap, BTreeSet};

use apishift_syntax::code::{CodeFile, CodeUnit, Scope, TokenKind};
use apishift_types::{Migration, Origin, Project, Release, Role, Skipped, TreeId, TreeSource, UnitKind};
use rayon::prelude::*;

use super::{
    check::{PairLimits, check, roots_of},
    describe::describe,
    documents::{Script, docstrings, document, is_document},
    edits::{Edit, edits},
    explain::{Explanation, Side, explain},
    pairs::{FilePair, changed_files, changed_units, matching_units, package_of},
    rules::{Rule, RuleSet, Step},
    sites::{Site, Surroundings, sites},
    slice::{Half, Limits, Reason, Snippets, snippets},
    tests_as_scripts::Fixtures,
    vocabulary::words_of,
};
use crate::MineError;

/// How migrations are looked for.
#[derive(Clone, Debug)]
pub struct MigrateOptions {
    /// Most lines of either code. 40 holds 95 % of real edits (measured on 78 packages).
    pub max_lines: usize,
    /// Functions (not tests) of at most so many lines are kept whole instead of sliced.
    pub whole_function_lines: usize,
    /// Most commits read between two releases, newest first, where the history has commits; 0 reads releases only.
    pub max_commits: usize,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self { max_lines: 40, whole_function_lines: 24, max_commits: 2000 }
    }
}

/// Migrations in the history of a project, in a stable order.
pub fn migrations(
    project: &Project,
    trees: &dyn TreeSource,
    rules: &RuleSet,
    options: &MigrateOptions,
) -> Result<(Vec<Migration>, Skipped), MineError> {
    let mut found = Vec::new();
    let mut skipped = Skipped::default();
    for pair in project.releases.windows(2) {
        for step in steps(&pair[0], &pair[1], trees, options)? {
            let context = Context { project, release: &pair[1], step: &step, rules, options };
            let (mut rows, reasons) = context.migrations(trees)?;
            found.append(&mut rows);
            skipped.merge(&reasons);
        }
    }
    Ok((found, skipped))
}

/// Two trees that are compared.
struct Between {
    old: TreeId,
    new: TreeId,
    old_name: String,
    new_name: String,
    message: Option<String>,
}

fn steps(
    old: &Release,
    new: &Release,
    trees: &dyn TreeSource,
    options: &MigrateOptions,
) -> Result<Vec<Between>, MineError> {
    let commits =
        if options.max_commits == 0 { Vec::new() } else { trees.commits(&old.commit, &new.commit)? };
    if commits.is_empty() {
        return Ok(vec![Between {
            old: old.commit.clone(),
            new: new.commit.clone(),
            old_name: old.version.to_string(),
            new_name: new.version.to_string(),
            message: None,
        }]);
    }
    let skip = commits.len().saturating_sub(options.max_commits);
    let steps = commits.into_iter().skip(skip).map(|commit| Between {
        old_name: commit.parent.to_string(),
        new_name: commit.id.to_string(),
        old: commit.parent,
        new: commit.id,
        message: Some(commit.message),
    });
    Ok(steps.collect())
}

/// What does not change between the files of one step.
struct Context<'a> {
    project: &'a Project,
    release: &'a Release,
    step: &'a Between,
    rules: &'a RuleSet,
    options: &'a MigrateOptions,
}

impl Context<'_> {
    fn migrations(&self, trees: &dyn TreeSource) -> Result<(Vec<Migration>, Skipped), MineError> {
        let old = trees.files(&self.step.old)?;
        let new = trees.files(&self.step.new)?;
        let files = changed_files(&old, &new, |path| self.wanted(path));
        let results: Vec<(Vec<Migration>, Skipped)> =
            files.par_iter().map(|file| self.file(file, trees)).collect::<Result<_, MineError>>()?;
        let mut rows = Vec::new();
        let mut skipped = Skipped::default();
        for (mut part, reasons) in results {
            rows.append(&mut part);
            skipped.merge(&reasons);
        }
        Ok((rows, skipped))
    }

    /// Python files and documents. Of a library itself, all code is read for its doctests.
    fn wanted(&self, path: &str) -> bool {
        let vendored = ["_vendor/", "vendor/", "externals/", "extern/", "third_party/", "site-packages/"];
        let is_vendored =
            vendored.iter().any(|part| path.starts_with(part) || path.contains(&format!("/{part}")));
        (path.ends_with(".py") || is_document(path)) && !is_vendored
    }

    /// Whether functions and scripts of the file count, and not only its doctests: of a library itself, in those
    /// files that use it from outside: tests, docs, examples, benchmarks.
    fn code_counts(&self, path: &str) -> bool {
        self.project.role == Role::Dependent || is_outside(path) || is_test_path(path)
    }

    fn file(&self, pair: &FilePair, trees: &dyn TreeSource) -> Result<(Vec<Migration>, Skipped), MineError> {
        let mut skipped = Skipped::default();
        let old = trees.read(pair.old)?;
        let new = trees.read(pair.new)?;
        let (Ok(old), Ok(new)) = (std::str::from_utf8(&old), std::str::from_utf8(&new)) else {
            skipped.add("not-utf8");
            return Ok((Vec::new(), skipped));
        };
        if !self.could_follow_a_rule(old, new) {
            return Ok((Vec::new(), skipped));
        }
        let mut rows = Vec::new();
        if is_document(&pair.path) {
            if let Some((old, new)) = document(&pair.old_path, old).zip(document(&pair.path, new)) {
                rows.append(&mut self.scripts(pair, "", &old, &new, UnitKind::DocBlock, &mut skipped));
            }
            return Ok((rows, skipped));
        }
        let Some((old_file, new_file)) = changed_units((&pair.old_path, old), (&pair.path, new)) else {
            skipped.add("unparsable-file");
            return Ok((Vec::new(), skipped));
        };
        let mut scripts: BTreeMap<String, Script> =
            docstrings(&pair.old_path, &old_file).into_iter().collect();
        for (name, new) in docstrings(&pair.path, &new_file) {
            if let Some(old) = scripts.remove(&name) {
                rows.append(&mut self.scripts(pair, &name, &old, &new, UnitKind::Doctest, &mut skipped));
            }
        }
        let roots = roots_of(&old_file);
        if self.code_counts(&pair.path) && !roots.is_disjoint(&self.rules.roots) {
            for (old_unit, new_unit) in
                matching_units(&old_file, &new_file).into_iter().filter(|(old, _)| !old.statements.is_empty())
            {
                let place = Place {
                    pair,
                    roots: &roots,
                    kind: UnitKind::Function,
                    lines: None,
                    unit: &new_unit.name,
                };
                let unit = UnitPair {
                    context: self,
                    place,
                    old_file: &old_file,
                    new_file: &new_file,
                    old_unit,
                    new_unit,
                };
                rows.append(&mut unit.migrations(&mut skipped));
            }
        }
        Ok((rows, skipped))
    }

    fn scripts(
        &self,
        pair: &FilePair,
        unit: &str,
        old: &Script,
        new: &Script,
        kind: UnitKind,
        skipped: &mut Skipped,
    ) -> Vec<Migration> {
        if old.file.source == new.file.source {
            return Vec::new();
        }
        let roots = roots_of(&old.file);
        let place = Place { pair, roots: &roots, kind, lines: Some(new.lines), unit };
        let (old_unit, new_unit) = (&old.file.units[0], &new.file.units[0]);
        UnitPair { context: self, place, old_file: &old.file, new_file: &new.file, old_unit, new_unit }
            .migrations(skipped)
    }

    /// Whether some word of the old APIs falls between the two texts: most files are settled by this, unparsed.
    fn could_follow_a_rule(&self, old: &str, new: &str) -> bool {
        let mut balance: BTreeMap<&str, i64> = BTreeMap::new();
        for (weight, text) in [(1, old), (-1, new)] {
            for (_, word) in words_of(text) {
                if self.rules.falling.contains(word) || self.rules.rising.contains(word) {
                    *balance.entry(word).or_default() += weight;
                }
            }
        }
        balance.into_iter().any(|(word, n)| {
            n > 0 && self.rules.falling.contains(word) || n < 0 && self.rules.rising.contains(word)
        })
    }
}

/// Code that uses a library as its users do.
fn is_outside(path: &str) -> bool {
    let folders =
        ["doc/", "docs/", "examples/", "example/", "benchmarks/", "asv_bench/", "tutorials/", "galleries/"];
    folders.iter().any(|folder| path.starts_with(folder) || path.contains(&format!("/{folder}")))
}

fn is_test_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || name == "tests.py"
        || path.split('/').any(|part| matches!(part, "test" | "tests" | "testing"))
}

/// Where a unit stands.
struct Place<'a> {
    pair: &'a FilePair,
    /// Top-level names that the file imports.
    roots: &'a BTreeSet<String>,
    /// What the unit is; functions are told from tests and scripts later.
    kind: UnitKind,
    /// Lines in the file, where they are not the unit's own.
    lines: Option<(u32, u32)>,
    /// What the unit is called, or documents.
    unit: &'a str,
}

/// The same unit on both sides.
struct UnitPair<'a> {
    context: &'a Context<'a>,
    place: Place<'a>,
    old_file: &'a CodeFile,
    new_file: &'a CodeFile,
    old_unit: &'a CodeUnit,
    new_unit: &'a CodeUnit,
}

/// Edits of one unit that follow one rule.
struct Followed {
    edits: Vec<Edit>,
    soft: usize,
    sure: bool,
}

impl UnitPair<'_> {
    fn migrations(&self, skipped: &mut Skipped) -> Vec<Migration> {
        let old_scope = self.old_file.scope_of(self.old_unit, &package_of(&self.place.pair.old_path));
        let new_scope = self.new_file.scope_of(self.new_unit, &package_of(&self.place.pair.path));
        let hunks = edits(self.old_unit, &old_scope, self.new_unit, &new_scope);
        let mut by_rule: BTreeMap<usize, Followed> = BTreeMap::new();
        for hunk in &hunks {
            let mut taken = BTreeSet::new();
            for edit in hunk {
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
        let all: usize = hunks.len();
        by_rule
            .into_iter()
            .filter_map(|(rule, followed)| {
                let row = self.row(rule, &followed, all, &old_scope, &new_scope);
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
        let found: Vec<Site> =
            edit.old.iter().flat_map(|&at| sites(&self.old_unit.statements[at], &around, rules)).collect();
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
            (!sure, explanation.soft, rules.rules[*rule].replacement.is_empty(), *rule)
        });
        if best.is_none() && !candidates.is_empty() {
            skipped.add("edit-not-explained");
        }
        best
    }

    fn step_of<'r>(&self, rule: &'r Rule) -> Option<&'r Step> {
        let release = self.context.release;
        let own = rule.library == self.context.project.name;
        let date = release.date.map(|date| date.to_string());
        rule.step_by(own.then_some(&release.version), date.as_deref())
    }

    /// Whether the statement stands where a warning or an error is what the code is about.
    fn expects_failure(&self, edit: &Edit) -> bool {
        let words = [
            "raises",
            "warns",
            "deprecated_call",
            "assertRaises",
            "assertWarns",
            "catch_warnings",
            "assert_raises",
            "assert_warns",
            "suppress",
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
                .any(|t| t.kind == TokenKind::Identifier && words.contains(&t.text.as_str()))
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

    fn row(
        &self,
        rule: usize,
        followed: &Followed,
        hunks: usize,
        old_scope: &Scope,
        new_scope: &Scope,
    ) -> Result<Migration, Reason> {
        let rules = self.context.rules;
        let options = self.context.options;
        let step = self.step_of(&rules.rules[rule]).ok_or("no-change-by-then")?;
        let old = Half { file: self.old_file, unit: self.old_unit, scope: old_scope };
        let new = Half { file: self.new_file, unit: self.new_unit, scope: new_scope };
        let fixtures = Fixtures::of(self.old_file, self.old_unit, is_test_path(&self.place.pair.path));
        let limits = Limits {
            whole_function_lines: options.whole_function_lines,
            statements: options.max_lines,
            module_lines: 15,
        };
        let pair_limits = PairLimits { lines: options.max_lines };
        let attempt = |edits: &[Edit]| -> Result<Snippets, Reason> {
            let pair = snippets(old, new, edits, &fixtures, &limits)?;
            check(&pair, rule, rules, &pair_limits)?;
            Ok(pair)
        };
        if fixtures.is_fixture {
            return Err("pytest-fixture");
        }
        // All edits together where they fit, else the first that stands alone.
        let pair = attempt(&followed.edits).or_else(|reason| {
            let alone = followed.edits.iter().filter(|_| followed.edits.len() > 1);
            alone.filter_map(|edit| attempt(std::slice::from_ref(edit)).ok()).next().ok_or(reason)
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
            description: describe(self.new_file, self.new_unit, &pair.new),
            quality: quality(&pair, followed, hunks, &rules.rules[rule], step),
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

/// How sure the miner is. The weights order rows under caps; they are no probability (see the card).
fn quality(pair: &Snippets, followed: &Followed, hunks: usize, rule: &Rule, step: &Step) -> f64 {
    let mut quality: f64 = 1.0;
    for (doubt, cost) in [
        (!followed.sure, 0.2),
        (pair.in_class, 0.15),
        (pair.starred, 0.1),
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
