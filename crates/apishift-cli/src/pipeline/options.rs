//! The option tables of a pipeline file: `[mine]`, `[migrate]`, `[assemble]`, `[split]`.

use apishift_dataset::{AssembleOptions, Fractions, SplitOptions, UpdateInfoOptions};
use apishift_mine::{ChangeOptions, MigrateOptions};
use apishift_types::EvidenceSource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{Day, LicenceList, ProjectName, Share, VerifyRows};

/// How API changes are mined.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MineTable {
    /// Rows for names that were added, too. Default: no, since nobody has to edit anything for them.
    pub with_added: Option<bool>,
    /// Only what the public APIs show, the texts in their docstrings and warnings included: no changelog is read, and
    /// nothing is learnt from how the library calls itself. Faster, with fewer texts and rows. Default: no.
    pub api_only: Option<bool>,
}

/// How API changes are mined: [`MineTable`], resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MineSettings {
    with_added: bool,
    api_only: bool,
}

impl MineTable {
    pub(crate) fn resolve(&self) -> MineSettings {
        let default = ChangeOptions::default();
        MineSettings {
            with_added: self.with_added.unwrap_or(default.with_added),
            api_only: self.api_only.unwrap_or(default.api_only),
        }
    }
}

impl MineSettings {
    /// The miner's options. Every field is named, so that none is missing in the fingerprint.
    pub(crate) fn options(&self) -> ChangeOptions {
        ChangeOptions { with_added: self.with_added, api_only: self.api_only }
    }
}

/// How migrations are looked for.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MigrateTable {
    /// Lines of either code, at most. Default: 40, which holds 95 % of real edits (measured on 78 packages).
    pub max_lines: Option<usize>,
    /// Functions (not tests) of at most so many lines are kept whole instead of cut to the edit. Default: 24.
    pub whole_function_lines: Option<usize>,
    /// Commits that are read between two releases at most, newest first, where the history has commits; 0 compares
    /// releases only. Default: 2000.
    pub max_commits: Option<usize>,
}

/// How migrations are looked for: [`MigrateTable`], resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MigrateSettings {
    max_lines: usize,
    whole_function_lines: usize,
    max_commits: usize,
}

impl MigrateTable {
    pub(crate) fn resolve(&self) -> MigrateSettings {
        let default = MigrateOptions::default();
        MigrateSettings {
            max_lines: self.max_lines.unwrap_or(default.max_lines),
            whole_function_lines: self.whole_function_lines.unwrap_or(default.whole_function_lines),
            max_commits: self.max_commits.unwrap_or(default.max_commits),
        }
    }
}

impl MigrateSettings {
    /// The miner's options. Every field is named, so that none is missing in the fingerprint.
    pub(crate) fn options(&self) -> MigrateOptions {
        MigrateOptions {
            max_lines: self.max_lines,
            whole_function_lines: self.whole_function_lines,
            max_commits: self.max_commits,
        }
    }
}

/// What is left out of the table, and chosen among what is alike.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AssembleTable {
    /// Licences that the edited project may have, as SPDX ids. Default: the permissive ones.
    pub licences: Option<LicenceList>,
    /// Lines (blank ones not counted) that each side has at least. Default: 2.
    pub min_lines: Option<usize>,
    /// Lines that each side has at most. Default: 40.
    pub max_lines: Option<usize>,
    /// Characters that each side has at most. Default: 4000.
    pub max_chars: Option<usize>,
    /// The quality that a row has at least, from 0 to 1: the miner's confidence, and what running it said. Default: 0.8. Rows
    /// below are in the dataset's configuration `scored`.
    pub min_quality: Option<Share>,
    /// What is taken for the column `update_info`.
    #[serde(default)]
    pub update_info: UpdateInfoTable,
    /// Rows with the same edit (names and constants blanked) of the same API. Default: 1.
    pub per_edit: Option<usize>,
    /// Jaccard similarity of token shingles, over old and new code, from which a row is a near-duplicate of another;
    /// above 1 none is. Default: 0.8.
    pub near_duplicate: Option<f64>,
    /// Rows of one API in one project. Default: 5.
    pub per_change_and_project: Option<usize>,
    /// Rows of one API in all. Default: 20.
    pub per_change: Option<usize>,
    /// Synthesized rows of one API, where nobody was seen to edit code for it. Default: 3.
    pub per_synthesized: Option<usize>,
    /// Share of the dataset that synthesized rows may have, from 0 to 1. Default: a third.
    pub synthesized_share: Option<Share>,
    /// Share of the dataset that one library may have, from 0 to 1. Default: no limit.
    pub library_share: Option<Share>,
}

/// What is taken for the column `update_info`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UpdateInfoTable {
    /// The weakest source that is taken. Default: `usage`, so that changes of which nothing but two signatures tells
    /// are left out; `signature` takes them too.
    #[schemars(with = "Option<EvidenceName>")]
    pub weakest: Option<EvidenceSource>,
    /// Characters that the text may have. Default: 1200.
    pub max_chars: Option<usize>,
    /// Texts that are joined at most. Default: 3.
    pub max_texts: Option<usize>,
}

impl AssembleTable {
    pub(crate) fn resolve(self, seed: u64) -> AssembleOptions {
        let default = AssembleOptions::default();
        AssembleOptions {
            seed,
            licences: self.licences.map_or(default.licences, |list| list.0),
            min_lines: self.min_lines.unwrap_or(default.min_lines),
            max_lines: self.max_lines.unwrap_or(default.max_lines),
            max_chars: self.max_chars.unwrap_or(default.max_chars),
            min_quality: self.min_quality.map_or(default.min_quality, |share| share.0),
            update_info: UpdateInfoOptions {
                weakest: self.update_info.weakest.unwrap_or(default.update_info.weakest),
                max_chars: self.update_info.max_chars.unwrap_or(default.update_info.max_chars),
                max_texts: self.update_info.max_texts.unwrap_or(default.update_info.max_texts),
            },
            per_edit: self.per_edit.unwrap_or(default.per_edit),
            near_duplicate: self.near_duplicate.unwrap_or(default.near_duplicate),
            per_change_and_project: self.per_change_and_project.unwrap_or(default.per_change_and_project),
            per_change: self.per_change.unwrap_or(default.per_change),
            per_synthesized: self.per_synthesized.unwrap_or(default.per_synthesized),
            synthesized_share: self.synthesized_share.map_or(default.synthesized_share, |share| share.0),
            library_share: self.library_share.map(|share| share.0).or(default.library_share),
        }
    }
}

/// Evidence by execution.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VerifyTable {
    /// Which examples are run on both versions of their library: `none`, `all`, or `sample=N`. Default: none. `--verify`
    /// overrides it.
    pub rows: Option<VerifyRows>,
    /// Projects without which examples are not run, such as those whose wheels are too large. Default: none.
    pub leave_out: Option<Vec<ProjectName>>,
}

/// Evidence by execution: [`VerifyTable`], resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VerifySettings {
    pub(crate) rows: VerifyRows,
    pub(crate) leave_out: Vec<String>,
}

impl VerifyTable {
    pub(crate) fn resolve(self) -> VerifySettings {
        VerifySettings {
            rows: self.rows.unwrap_or(VerifyRows::None),
            leave_out: self.leave_out.into_iter().flatten().map(|name| name.0).collect(),
        }
    }
}

/// How rows are divided into train, validation and test.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SplitTable {
    /// Share for training; only the proportion of the three counts. Default: 0.9.
    pub train: Option<Share>,
    /// Share for choosing between trained models. Default: 0.05.
    pub validation: Option<Share>,
    /// Share for the final figure. Default: 0.05.
    pub test: Option<Share>,
    /// The last day that a model under test may have seen, such as "2024-06-30": what was released later is test.
    /// Default: no time split. `--cutoff` overrides it.
    pub cutoff: Option<Day>,
    /// Jaccard similarity of code from which two rows stay on one side. Default: 0.6.
    pub similarity: Option<Share>,
}

impl SplitTable {
    pub(crate) fn resolve(&self, seed: u64) -> SplitOptions {
        let default = SplitOptions::default();
        let share = |given: &Option<Share>, default: f64| given.as_ref().map_or(default, |share| share.0);
        SplitOptions {
            seed,
            fractions: Fractions {
                train: share(&self.train, default.fractions.train),
                validation: share(&self.validation, default.fractions.validation),
                test: share(&self.test, default.fractions.test),
            },
            cutoff: self.cutoff.as_ref().map(|day| day.0).or(default.cutoff),
            similarity: share(&self.similarity, default.similarity),
        }
    }
}

/// [`EvidenceSource`] for the JSON Schema: the crate that defines it does not know schemas.
#[derive(JsonSchema)]
#[schemars(rename = "EvidenceSource", rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used; a test compares it with the type that it stands for")]
pub(super) enum EvidenceName {
    /// The text of a deprecation warning or decorator.
    DeprecationMessage,
    /// A directive of a docstring.
    DocstringDirective,
    /// A paragraph of the changelog.
    Changelog,
    /// The message of the commit that made the change.
    CommitMessage,
    /// Stubs say since which version something is elsewhere or has another name.
    Stub,
    /// How the library's own tests, docs and examples call it, before and after.
    Usage,
    /// Only the two signatures.
    Signature,
}
