//! Pairs for changes that nobody was seen to answer to: a real use of the old API, rewritten by the rule.
//!
//! The uses are those of the library's own tests, examples and documentation in the last release before the change. What
//! is rewritten goes the way of any edit after that (it is explained, cut out, read again), and is marked. Of itself it is
//! never sure enough for a dataset: it takes execution to say that the new code is right.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use apishift_syntax::code::{Binding, CodeFile, CodeUnit, StatementKind};
use apishift_types::{BlobId, Migration, Origin, Skipped, TreeError, TreeFile, TreeSource};

use super::{
    check::roots_of,
    engine::{Context, Texts, WORDS, has_ending, id, is_outside, may_use_a_library},
    pairs::{FilePair, package_of},
    relevance::AllWords,
    rules::{Rule, Subject},
    sides::{Sides, each_unit},
    sites::{Site, Surroundings, sites},
    vocabulary::words_of,
};
/// Rows of one rule. The table's caps choose among them.
const PER_RULE: usize = 6;

/// What is kept of a release: files that use what is due; and of such a file, what came of it. See [`super::engine`].
const WITH_USES: &str = "files-with-uses.v1";
const SYNTHESIZED: &str = "synthesized";

/// What such rows are worth before they are run: less than any threshold asks for.
const QUALITY: f64 = 0.7;

/// A text in place of another, by bytes of the old one.
type Replaced = (Range<usize>, String);

impl Context<'_> {
    /// Rows for the rules that begin with this release, from the code of the release before it.
    /// Why a use could not be rewritten is counted by none: nobody edited it.
    pub(super) fn synthesized(&self, trees: &dyn TreeSource) -> Result<Vec<Migration>, TreeError> {
        let due: BTreeMap<usize, &str> = self.due().collect();
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let rule_of: BTreeMap<&str, usize> = due
            .keys()
            .flat_map(|&at| self.rules.rules[at].steps.iter().map(move |step| (step.change_id.as_str(), at)))
            .collect();
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        let mut rows = Vec::new();
        for (path, blob, asked) in self.files_with_uses(&due, trees)? {
            let is_full = |word: &String| {
                let mut rules = due.iter().filter(|(_, due)| *due == word);
                rules.all(|(rule, _)| counts.get(rule).is_some_and(|count| *count >= PER_RULE))
            };
            if asked.iter().all(is_full) {
                continue;
            }
            for row in self.rewritten_in(&path, blob, &due, trees)? {
                let Some(rule) = rule_of.get(row.change_id.as_str()) else { continue };
                let count = counts.entry(*rule).or_default();
                if *count < PER_RULE {
                    *count += 1;
                    rows.push(row);
                }
            }
        }
        Ok(rows)
    }

    /// Files of the release before that use the library from outside and name something due, with the words by which they do.
    fn files_with_uses(
        &self,
        due: &BTreeMap<usize, &str>,
        trees: &dyn TreeSource,
    ) -> Result<Vec<(String, BlobId, Vec<String>)>, TreeError> {
        let tree = self.step.old_tree();
        let rules = self.rules.relevance.digest_of(due.keys().copied());
        self.cache.get_or_make(WITH_USES, id(&[tree.0.as_bytes(), &rules]), || {
            let wanted: BTreeSet<&str> = due.values().copied().collect();
            let is_wanted = |file: &TreeFile| {
                has_ending(&file.path, "py") && is_outside(&file.path) && may_use_a_library(&file.path)
            };
            let mut found = Vec::new();
            for file in trees.files(tree)?.into_iter().filter(is_wanted) {
                let text = trees.read(file.blob)?;
                let Ok(text) = std::str::from_utf8(&text) else { continue };
                let asked: BTreeSet<&str> =
                    words_of(text).filter_map(|(_, word)| wanted.get(word)).copied().collect();
                if !asked.is_empty() {
                    found.push((file.path, file.blob, asked.into_iter().map(str::to_owned).collect()));
                }
            }
            Ok(found)
        })
    }

    /// Rows for all that is due in a file.
    fn rewritten_in(
        &self,
        path: &str,
        blob: BlobId,
        due: &BTreeMap<usize, &str>,
        trees: &dyn TreeSource,
    ) -> Result<Vec<Migration>, TreeError> {
        let pair = FilePair { old_path: path.to_owned(), path: path.to_owned(), old: blob, new: blob };
        let texts = Texts::of(&pair, trees);
        let text = || texts.get().map(|texts| texts.map_or("", |(text, _)| text));
        let file = id(&[&blob.0, path.as_bytes()]);
        let words =
            self.cache.get_or_make(WORDS, file, || Ok::<_, TreeError>(AllWords::of(&[text()?, path])))?;
        let key = id(&[&file, &self.rules.digest(&words), &self.digest()]);
        self.cache.get_or_make(SYNTHESIZED, key, || {
            let text = text()?;
            let Some(code) = CodeFile::parse(text, &package_of(path)) else { return Ok(Vec::new()) };
            let mut rows = Vec::new();
            for (rule, uses) in self.uses(&code, &pair, due) {
                if let Some(new) = rewritten(&code, &self.rules.rules[rule], &uses) {
                    rows.append(&mut self.pairs_of(rule, &pair, (text, &new)));
                }
            }
            Ok(rows)
        })
    }

    /// Rules of the library that begin with this release and say how to rewrite a use, with a word that every use has.
    fn due(&self) -> impl Iterator<Item = (usize, &str)> {
        let version = &self.release.version;
        self.rules.rules.iter().enumerate().filter_map(move |(at, rule)| {
            let begins =
                rule.steps.first().is_some_and(|step| step.version.as_ref() == Some(version) && step.told);
            let is_ours = rule.library == self.project.name && begins;
            let word = match &rule.subject {
                Subject::Keyword(parameter) => {
                    let is_there = rule.replacement.last().is_some_and(|name| rule.parameters.contains(name));
                    (is_there && rule.replacement.len() == 1).then_some(parameter.as_str())
                }
                Subject::Name | Subject::Method if !rule.replacement.is_empty() => Some(rule.old_name()),
                _ => None,
            };
            word.filter(|_| is_ours).map(|word| (at, word))
        })
    }

    /// Uses of old APIs in a file, by rule.
    fn uses(
        &self,
        code: &CodeFile,
        pair: &FilePair,
        due: &BTreeMap<usize, &str>,
    ) -> BTreeMap<usize, Vec<Use>> {
        let roots = roots_of(code);
        let mut found: BTreeMap<usize, Vec<Use>> = BTreeMap::new();
        for (place, unit) in code.units.iter().enumerate() {
            let scope = code.scope_of(unit, &package_of(&pair.path));
            let around = Surroundings { scope: &scope, roots: &roots };
            for statement in unit.statements.iter().filter(|s| s.kind != StatementKind::Import) {
                for site in sites(statement, &around, self.rules) {
                    if due.contains_key(&site.rule) {
                        found.entry(site.rule).or_default().push(Use { unit: place, site });
                    }
                }
            }
        }
        found
    }

    /// What comes of a rewritten file for its rule.
    fn pairs_of(&self, rule: usize, pair: &FilePair, (old, new): (&str, &str)) -> Vec<Migration> {
        let (mut rows, mut skipped) = (Vec::new(), Skipped::default());
        let mut visit = |sides: &Sides<'_>| rows.append(&mut self.unit(pair, sides).migrations(&mut skipped));
        if each_unit(pair, (old, new), |_| true, &mut visit).is_err() {
            return Vec::new();
        }
        let changes: BTreeSet<&str> =
            self.rules.rules[rule].steps.iter().map(|step| step.change_id.as_str()).collect();
        rows.retain(|row| changes.contains(row.change_id.as_str()));
        for row in &mut rows {
            row.origin = Origin::Synthesized;
            row.quality = row.quality.min(QUALITY);
            // It is code of the old release; there is none of a new one.
            row.project_new.clone_from(&row.project_old);
            row.commit_message = None;
        }
        rows
    }
}

/// A use, and the unit that it stands in.
struct Use {
    unit: usize,
    site: Site,
}

/// The file with every use of the old API rewritten; `None` where the rule does not say how.
fn rewritten(code: &CodeFile, rule: &Rule, uses: &[Use]) -> Option<String> {
    let mut replaced: Vec<Replaced> = Vec::new();
    for Use { unit, site } in uses {
        let unit = &code.units[*unit];
        match &rule.subject {
            Subject::Keyword(parameter) => {
                let start = site.range.start;
                replaced.push((start..start + parameter.len(), rule.replacement.last()?.clone()));
            }
            Subject::Name | Subject::Method => replaced.extend(renamed(code, unit, rule, site)?),
            _ => return None,
        }
    }
    replaced.sort_by_key(|(range, _)| (range.start, range.end));
    replaced.dedup();
    let mut text = String::with_capacity(code.source.len());
    let mut from = 0;
    for (range, new) in replaced {
        text.push_str(code.source.get(from..range.start)?);
        text.push_str(&new);
        from = range.end;
    }
    text.push_str(code.source.get(from..)?);
    Some(text)
}

/// The new name in place of the old one, and its import.
fn renamed(code: &CodeFile, unit: &CodeUnit, rule: &Rule, site: &Site) -> Option<Vec<Replaced>> {
    let old = code.source.get(site.range.clone())?;
    let new_name = rule.replacement.last()?;
    let old_path = rule.paths.first()?;
    let parent = |path: &str| path.rsplit_once('.').map(|(parent, _)| parent.to_owned());
    let target = match rule.replacement.len() {
        1 => format!("{}.{new_name}", parent(old_path)?),
        _ => rule.replacement.join("."),
    };
    // Something of the old name: `np.old.part`.
    let at = old.rfind(rule.old_name()).filter(|at| at + rule.old_name().len() == old.len())?;
    if rule.subject == Subject::Method
        || at > 0 && parent(&target) == rule.paths.iter().find_map(|path| parent(path))
    {
        return Some(vec![(site.range.start + at..site.range.end, new_name.clone())]);
    }
    if at > 0 {
        // `np.old` to `np.lib.new`, where `np` is on the way.
        let root = old.split('.').next()?;
        let Binding::Path(path) = code.scope.imports.get(root)? else { return None };
        let rest = target.strip_prefix(path.as_str())?;
        return rest.starts_with('.').then(|| vec![(site.range.clone(), format!("{root}{rest}"))]);
    }
    let import = import_of(code, unit, rule, &target)?;
    Some(vec![(site.range.clone(), new_name.clone()), import])
}

/// `from package import old`, rewritten.
fn import_of(code: &CodeFile, unit: &CodeUnit, rule: &Rule, target: &str) -> Option<Replaced> {
    let name = rule.old_name();
    let units = [&code.units[0], unit];
    let imports =
        units.into_iter().flat_map(|unit| &unit.statements).filter(|s| s.kind == StatementKind::Import);
    let mut binding = imports.filter(|statement| statement.names.defines.contains(name));
    let statement = binding.next()?;
    let text = code.source.get(statement.head.clone())?;
    let (parent, new_name) = target.rsplit_once('.')?;
    let module = text.strip_prefix("from ")?.split_whitespace().next()?;
    if statement.names.defines.len() == 1 && !text.contains(" as ") && !module.starts_with('.') {
        // As it was imported from another path than the shortest, the new one is where the old one was.
        let is_sibling =
            rule.paths.iter().any(|path| path.rsplit_once('.').is_some_and(|(old, _)| old == parent));
        let from = if is_sibling { module } else { parent };
        return Some((statement.head.clone(), format!("from {from} import {new_name}")));
    }
    None
}
