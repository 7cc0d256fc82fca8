//! From a project's history to migrations.

use std::{cell::OnceCell, collections::BTreeSet, path::Path};

use apishift_syntax::{ContentCache, ContentId};
use apishift_types::{BlobId, Migration, Project, Release, Role, Skipped, TreeError, TreeId, TreeSource};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{
    documents::is_document,
    pairs::{FilePair, changed_files},
    prefilter::ChangedWords,
    relevance::AllWords,
    rules::RuleSet,
    sides::{Sides, each_unit},
    unit::{Place, UnitPair},
};
use crate::MineError;

/// Version of the code that finds migrations. Raise it when the same histories and rules give other rows: what is kept, and
/// what was made of it, is then made anew.
pub const MIGRATE_VERSION: u32 = 7;

/// What is kept of a changed file: which of its words changed, all its words, what came of it.
const CHANGED: &str = "changed-words.v1";
pub(super) const WORDS: &str = "all-words.v1";
const FOUND: &str = "migrations";

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

/// Migrations in the history of a project, in a stable order. What came of a file is kept in `cache`, and made anew only where a
/// rule changed that can have a say in it.
pub fn migrations(
    project: &Project,
    trees: &dyn TreeSource,
    rules: &RuleSet,
    options: &MigrateOptions,
    cache: &ContentCache,
) -> Result<(Vec<Migration>, Skipped), MineError> {
    let mut found = Vec::new();
    let mut skipped = Skipped::default();
    for pair in project.releases.windows(2) {
        for step in steps(&pair[0], &pair[1], trees, options)? {
            let context = Context { project, release: &pair[1], step: &step, rules, options, cache };
            let (mut rows, reasons) = context.migrations(trees)?;
            found.append(&mut rows);
            skipped.merge(&reasons);
        }
        if project.role == Role::Library {
            let step = between(&pair[0], &pair[1]);
            let context = Context { project, release: &pair[1], step: &step, rules, options, cache };
            found.append(&mut context.synthesized(trees)?);
        }
    }
    Ok((found, skipped))
}

/// Two trees that are compared.
pub(super) struct Between {
    old: TreeId,
    new: TreeId,
    /// Version or commit of the old tree.
    pub(super) old_name: String,
    /// Version or commit of the new tree.
    pub(super) new_name: String,
    /// What the commit says.
    pub(super) message: Option<String>,
}

impl Between {
    pub(super) fn old_tree(&self) -> &TreeId {
        &self.old
    }
}

/// The trees of two releases.
fn between(old: &Release, new: &Release) -> Between {
    Between {
        old: old.commit.clone(),
        new: new.commit.clone(),
        old_name: old.version.to_string(),
        new_name: new.version.to_string(),
        message: None,
    }
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
        return Ok(vec![between(old, new)]);
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
pub(super) struct Context<'a> {
    pub(super) project: &'a Project,
    /// The newer release.
    pub(super) release: &'a Release,
    pub(super) step: &'a Between,
    pub(super) rules: &'a RuleSet,
    pub(super) options: &'a MigrateOptions,
    pub(super) cache: &'a ContentCache,
}

impl Context<'_> {
    fn migrations(&self, trees: &dyn TreeSource) -> Result<(Vec<Migration>, Skipped), MineError> {
        let old = trees.files(&self.step.old)?;
        let new = trees.files(&self.step.new)?;
        let files = changed_files(&old, &new, may_use_a_library);
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

    /// Whether functions and scripts of the file may follow the library's rules, and not only its doctests. What a library does
    /// inside is no use of itself: only files that use it from outside are, its tests, docs, examples and benchmarks.
    pub(super) fn code_follows(&self, path: &str, library: &str) -> bool {
        self.project.role == Role::Dependent || library != self.project.name || is_outside(path)
    }

    fn file(&self, pair: &FilePair, trees: &dyn TreeSource) -> Result<(Vec<Migration>, Skipped), MineError> {
        let texts = Texts::of(pair, trees);
        let files = [&pair.old.0[..], &pair.new.0, pair.old_path.as_bytes(), pair.path.as_bytes()];
        let own = self.own_imports();
        let roots = self.rules.roots_digest;
        let key = id(&[files[0], files[1], &roots, own.join(" ").as_bytes()]);
        let changed = self.cache.get_or_make(CHANGED, key, || {
            let texts = texts.get()?;
            Ok::<_, TreeError>(texts.map(|(old, new)| ChangedWords::of(old, new, own, &self.rules.roots)))
        })?;
        let Some(changed) = changed else {
            let mut skipped = Skipped::default();
            skipped.add("not-utf8");
            return Ok((Vec::new(), skipped));
        };
        if !self.rules.telling.allows(&changed) {
            return Ok((Vec::new(), Skipped::default()));
        }
        let words = self.cache.get_or_make(WORDS, id(&files), || {
            let (old, new) = texts.get()?.unwrap_or_default();
            Ok::<_, TreeError>(AllWords::of(&[old, new, &pair.old_path, &pair.path]))
        })?;
        let key = id(&[&id(&files)[..], &self.rules.digest(&words), &self.digest()]);
        let found = self
            .cache
            .get_or_make(FOUND, key, || texts.get().map(|t| self.read(pair, t.unwrap_or_default())))?;
        Ok(found)
    }

    /// What comes of a changed file.
    fn read(&self, pair: &FilePair, texts: (&str, &str)) -> (Vec<Migration>, Skipped) {
        let (mut rows, mut skipped) = (Vec::new(), Skipped::default());
        let own: &[String] = if is_outside(&pair.path) { &[] } else { self.own_imports() };
        let code_counts = |roots: &BTreeSet<String>| {
            roots.iter().any(|root| self.rules.roots.contains(root) && !own.contains(root))
        };
        let mut visit = |sides: &Sides<'_>| rows.append(&mut self.unit(pair, sides).migrations(&mut skipped));
        if let Err(reason) = each_unit(pair, texts, code_counts, &mut visit) {
            skipped.add(reason);
        }
        (rows, skipped)
    }

    /// A hash of what rows tell of their project and of the step, of the options, and of the code.
    pub(super) fn digest(&self) -> [u8; 32] {
        let Project { name, role, imports, .. } = self.project;
        let Release { version, date, license, .. } = self.release;
        let Between { old_name, new_name, message, old: _, new: _ } = self.step;
        let told = (name, role, imports, version.to_string(), date, license, old_name, new_name, message);
        Sha256::digest(format!("{MIGRATE_VERSION} {told:?} {:?}", self.options)).into()
    }

    /// Import names of the library whose own history this is.
    fn own_imports(&self) -> &[String] {
        match self.project.role {
            Role::Library => &self.project.imports,
            Role::Dependent => &[],
        }
    }

    pub(super) fn unit<'u>(&'u self, pair: &'u FilePair, sides: &Sides<'u>) -> UnitPair<'u> {
        let place =
            Place { pair, roots: sides.roots, kind: sides.kind, lines: sides.lines, unit: sides.name };
        UnitPair {
            context: self,
            place,
            old_file: sides.old_file,
            new_file: sides.new_file,
            old_unit: sides.old_unit,
            new_unit: sides.new_unit,
        }
    }
}

/// Both versions of a file, read when they are asked for.
pub(super) struct Texts<'a> {
    pair: &'a FilePair,
    trees: &'a dyn TreeSource,
    read: OnceCell<Option<(String, String)>>,
}

impl<'a> Texts<'a> {
    pub(super) fn of(pair: &'a FilePair, trees: &'a dyn TreeSource) -> Self {
        Self { pair, trees, read: OnceCell::new() }
    }

    /// `None` where one of them is no UTF-8.
    pub(super) fn get(&self) -> Result<Option<(&str, &str)>, TreeError> {
        let texts = match self.read.get() {
            Some(texts) => texts,
            None => {
                let text = |blob: BlobId| Ok::<_, TreeError>(String::from_utf8(self.trees.read(blob)?).ok());
                let texts = text(self.pair.old)?.zip(text(self.pair.new)?);
                self.read.get_or_init(|| texts)
            }
        };
        Ok(texts.as_ref().map(|(old, new)| (old.as_str(), new.as_str())))
    }
}

/// The id of several things together.
pub(super) fn id(parts: &[&[u8]]) -> ContentId {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let mut id = ContentId::default();
    id.copy_from_slice(&hash[..size_of::<ContentId>()]);
    id
}

/// Whether a path ends so, whatever the case.
pub(crate) fn has_ending(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

/// Python files and documents. Of a library itself, all code is read for its doctests.
pub(crate) fn may_use_a_library(path: &str) -> bool {
    let vendored = ["_vendor/", "vendor/", "externals/", "extern/", "third_party/", "site-packages/"];
    let is_vendored =
        vendored.iter().any(|part| path.starts_with(part) || path.contains(&format!("/{part}")));
    (has_ending(path, "py") || is_document(path)) && !is_vendored
}

/// Code of a library that uses it as others do: tests, docs, examples, benchmarks.
pub(crate) fn is_outside(path: &str) -> bool {
    let folders =
        ["doc/", "docs/", "examples/", "example/", "benchmarks/", "asv_bench/", "tutorials/", "galleries/"];
    folders.iter().any(|folder| path.starts_with(folder) || path.contains(&format!("/{folder}")))
        || is_test_path(path)
}

pub(super) fn is_test_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || name == "tests.py"
        || path.split('/').any(|part| matches!(part, "test" | "tests" | "testing"))
}
