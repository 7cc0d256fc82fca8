//! The dataset card: what people read first, and what the hub reads from its header.

use std::{collections::BTreeMap, fmt::Write as _};

use apishift_store::{ApiUpdateTable, Table};
use apishift_types::{ApiUpdate, Origin, Outcome, Skipped, Split, Verified};

use crate::{
    AssembleOptions, DecontaminationReport, Funnel, LARGEST_HELD_OUT_GROUP, Reason, SplitOptions,
    SplitStatistics, Statistics,
    directory::SCORED_FILE,
    statistics::{Count, Spread},
};

/// What the card says beyond what the rows themselves tell.
#[derive(Clone, Debug)]
pub struct CardContext {
    /// Name for people: "API updates".
    pub title: String,
    /// The command that makes the dataset, from the project's root.
    pub rebuild: String,
    /// Version of apishift.
    pub version: String,
    /// How rows were chosen.
    pub assemble: AssembleOptions,
    /// How they were divided.
    pub split: SplitOptions,
    /// What the division gave.
    pub split_statistics: SplitStatistics,
    /// Rows that were left out, by reason, from every stage that the card is to speak of.
    pub skipped: Skipped,
    /// Overlap with benchmarks, where it was looked for.
    pub decontamination: Option<DecontaminationReport>,
    /// What came of running rows.
    pub funnel: Funnel,
    /// Rows that people read, by id, and whether every reader called them good.
    pub judged: BTreeMap<String, bool>,
}

/// Meaning of each column, in the table's order. A test holds it against the table.
const MEANINGS: [(&str, &str); 23] = [
    ("id", "content hash of library, version, change and both codes: 16 hex digits"),
    ("dependency", "the library whose API changed"),
    (
        "old_version",
        "the last release mined before the change, `==x.y.z`; empty where a record does not say it",
    ),
    ("new_version", "the first release mined with the change, `==x.y.z`"),
    ("release_date", "release day of `new_version`, ISO 8601; null where unknown"),
    ("description", "what the code does"),
    (
        "update_info",
        "what changed in the API, in the library's own words (of an imported row: in its record's)",
    ),
    (
        "update_info_source",
        "where the first of those words stand: `deprecation_message`, `docstring_directive`, `changelog`, `commit_message`, `record` (a record of another dataset), `stub` (since which version something is elsewhere or has another name, in this project's words), `usage` (seen in the library's own tests, docs and examples; in this project's words) or `signature`",
    ),
    ("old_code", "self-contained code that uses the old API"),
    ("new_code", "the same code, migrated"),
    ("language", "programming language"),
    ("change_kind", "what changed: `removed`, `renamed`, `parameter_renamed`, `deprecated`, ..."),
    ("symbol", "public path of what changed"),
    ("replacement", "what to use instead; null where no text names it"),
    (
        "target_signature",
        "how what the new code should call may be called in `new_version`, `numpy.linalg.norm(x, ord=None)`; null where that is not known",
    ),
    (
        "origin",
        "whose code was edited: `dependent` (a package that uses the library), `own` (the library's tests, docs and examples), `synthesized` (a real call rewritten by the rule), `imported` (a record of another dataset, as it was written there)",
    ),
    ("unit_kind", "`function`, `test`, `script`, `doctest` or `doc_block`"),
    (
        "provenance",
        "project, versions or commits, file and lines that the code comes from, and the id of the change in the table `api_changes`; of an imported row the file and the number of the record, and an id of its own",
    ),
    ("license", "SPDX expression of the edited project's licence"),
    (
        "verified",
        "`yes`: executed, and old code runs on the old version, new on the new, and old on the new fails or warns more; `no`: executed, and that was not seen; `not_run`",
    ),
    (
        "verification",
        "the three runs behind `verified` in words, what came of them all (`outcome`), the version of Python, whether functions were called with arguments that the verifier made up (`made_up`), and whether what depends on the changed statements had the same values in both codes, or passed the same checks (`same_values`; null where nothing could be compared)",
    ),
    ("quality", "how sure the miner is, and what running the row said, 0 to 1"),
    ("split", "`train`, `validation` or `test`"),
];

/// SPDX ids for which the hub has a name of its own.
const HUB_LICENSES: [(&str, &str); 13] = [
    ("Apache-2.0", "apache-2.0"),
    ("BSD-2-Clause", "bsd-2-clause"),
    ("BSD-3-Clause", "bsd-3-clause"),
    ("BSD-3-Clause-Clear", "bsd-3-clause-clear"),
    ("BSL-1.0", "bsl-1.0"),
    ("CC0-1.0", "cc0-1.0"),
    ("ISC", "isc"),
    ("MIT", "mit"),
    ("NCSA", "ncsa"),
    ("PostgreSQL", "postgresql"),
    ("Unlicense", "unlicense"),
    ("WTFPL", "wtfpl"),
    ("Zlib", "zlib"),
];

/// The card of a dataset with these statistics. The same input gives the same text: it names no day and no machine.
pub fn card(statistics: &Statistics, scored: &[ApiUpdate], context: &CardContext) -> String {
    [
        header(statistics, context),
        introduction(statistics, context),
        fields(),
        counts(statistics),
        splits(context),
        executions(&context.funnel),
        qualities(scored, context),
        left_out(&context.skipped),
        origin(context),
        limits(statistics, context),
    ]
    .join("\n")
}

/// The YAML header, which starts at the first byte.
fn header(statistics: &Statistics, context: &CardContext) -> String {
    let mut licenses: Vec<&str> = statistics.licenses.iter().map(|count| hub_license(&count.value)).collect();
    licenses.sort_unstable();
    licenses.dedup();
    // "other" asks for a look at the column.
    licenses.sort_by_key(|license| *license == "other");
    let list = |items: &[&str]| format!("- {}\n", items.join("\n- "));
    // `datasets` refuses a split without rows, so only the others are named.
    let has_rows = |split: &Split| statistics.splits.iter().any(|count| count.value == split.as_str());
    let files: Vec<String> = Split::ALL
        .iter()
        .filter(|split| has_rows(split))
        .map(|split| format!("  - split: {0}\n    path: data/{0}-*.parquet\n", split.as_str()))
        .collect();
    let licenses = if licenses.is_empty() { list(&["other"]) } else { list(&licenses) };
    format!(
        "---\npretty_name: {title}\nlanguage:\n{language}license:\n{licenses}size_categories:\n- {size}\n\
         task_categories:\n- text-generation\nannotations_creators:\n- machine-generated\nlanguage_creators:\n- found\n\
         source_datasets:\n- original\ntags:\n{tags}configs:\n- config_name: default\n  default: true\n  \
         data_files:\n{files}- config_name: scored\n  data_files: {SCORED_FILE}\n---\n",
        // JSON's strings are YAML's, whatever stands in them.
        title = serde_json::Value::from(context.title.as_str()),
        language = list(&["en", "code"]),
        files = files.concat(),
        size = size_category(statistics.rows),
        tags = list(&["code", "api-update", "code-migration", "python", "parquet", "datasets"]),
    )
}

fn hub_license(expression: &str) -> &'static str {
    HUB_LICENSES.iter().find(|(spdx, _)| *spdx == expression).map_or("other", |(_, name)| name)
}

/// The hub's classes of size.
fn size_category(rows: u64) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        _ => "1M<n<10M",
    }
}

fn introduction(statistics: &Statistics, context: &CardContext) -> String {
    let Statistics { rows, changes, projects, libraries, .. } = statistics;
    let imported = statistics.origins.iter().find(|count| count.value == Origin::Imported.as_str());
    let mined = "changes and edits are mined from releases and commits, and what is `synthesized` was rewritten by a rule";
    let written = match imported {
        None => format!("No row was written by a language model: {mined}"),
        Some(count) => format!(
            "{} rows are `imported`: records of other datasets, in the words and the code of whoever wrote them. Of all others, \
             none was written by a language model: {mined}",
            count.rows
        ),
    };
    format!(
        "# {title}\n\n\
         {rows} examples of code that a change of a library's API made somebody edit: what changed, the code before, and \
         the code after. They are about {changes} API changes of {libraries} libraries, and come from {projects} projects.\n\n\
         ```python\nfrom datasets import load_dataset\n\n\
         dataset = load_dataset(\"path/to/this/folder\")\nprint(dataset[\"train\"][0][\"update_info\"])\n```\n\n\
         {written}.\n",
        title = context.title,
        libraries = libraries.len(),
    )
}

fn fields() -> String {
    let mut text = String::from("## Fields\n\n| field | type | meaning |\n| --- | --- | --- |\n");
    for column in ApiUpdateTable::describe().columns {
        let meaning =
            MEANINGS.iter().find(|(name, _)| *name == column.name).map_or("", |(_, meaning)| meaning);
        let null = if column.nullable { ", may be null" } else { "" };
        line(&mut text, format_args!("| `{}` | {}{null} | {meaning} |", column.name, column.kind));
    }
    text.push_str(
        "\n`dependency`, `new_version`, `description`, `update_info`, `old_code` and `new_code` have the meaning that \
         they have in ReCode (arXiv 2506.20495).\n",
    );
    text
}

fn counts(statistics: &Statistics) -> String {
    let mut text = String::from("## Counts\n\n");
    text.push_str("| library | rows | API changes | train | validation | test |\n| --- | --- | --- | --- | --- | --- |\n");
    for count in &statistics.libraries {
        let library = &count.library;
        line(
            &mut text,
            format_args!(
                "| {library} | {} | {} | {} | {} | {} |",
                count.rows, count.changes, count.train, count.validation, count.test
            ),
        );
    }
    let tables: [(&str, &[Count]); 7] = [
        ("split", &statistics.splits),
        ("change_kind", &statistics.kinds),
        ("origin", &statistics.origins),
        ("unit_kind", &statistics.unit_kinds),
        ("update_info_source", &statistics.update_info_sources),
        ("verified", &statistics.verified),
        ("license", &statistics.licenses),
    ];
    for (column, counts) in tables {
        line(&mut text, format_args!("\n| `{column}` | rows |\n| --- | --- |"));
        for Count { value, rows } in counts {
            line(&mut text, format_args!("| {value} | {rows} |"));
        }
    }
    line(
        &mut text,
        format_args!(
            "\n| | a tenth is at most | half is at most | nine tenths are at most |\n| --- | --- | --- | --- |"
        ),
    );
    let spreads: [(&str, &Spread); 3] = [
        ("lines of old code", &statistics.old_lines),
        ("lines of new code", &statistics.new_lines),
        ("quality", &statistics.quality),
    ];
    for (name, spread) in spreads {
        line(&mut text, format_args!("| {name} | {} | {} | {} |", spread.p10, spread.p50, spread.p90));
    }
    if let Some((first, last)) = &statistics.released {
        line(&mut text, format_args!("\nThe changes were released from {first} to {last}."));
    }
    text
}

fn splits(context: &CardContext) -> String {
    let statistics = &context.split_statistics;
    let mut text = format!(
        "## Splits\n\n\
         Rows that share an answer are on one side: those of one API change, of one symbol in whatever release, of one \
         name that changed in one release, of one replacement or one edit (the same names gone and come) within a library, and those whose code is alike (Jaccard \
         similarity of token shingles of {similarity} or more). That makes {groups} groups, the largest of {largest} \
         rows. A group falls to a split by its own hash (seed {seed}), so more data does not move it; groups \
         of more than {held_out} rows train.\n",
        similarity = context.split.similarity,
        groups = statistics.groups,
        largest = statistics.largest_group,
        seed = context.split.seed,
        held_out = LARGEST_HELD_OUT_GROUP,
    );
    if let Some(cutoff) = context.split.cutoff {
        line(
            &mut text,
            format_args!(
                "\nWhat was released after {cutoff} is test, with the rows of its groups: {} test rows are older, to be told by \
                 `release_date`. {} rows have no release day and do not count as later.",
                statistics.test_rows_before_cutoff, statistics.rows_without_date
            ),
        );
    }
    text
}

fn executions(funnel: &Funnel) -> String {
    let mut text = String::from("## Evidence by execution\n\n");
    if funnel.tried() == 0 {
        text.push_str("No row was run.\n");
        return text;
    }
    let verified: usize =
        [Outcome::Breaks, Outcome::Warns].map(|outcome| funnel.count(outcome, None)).iter().sum();
    line(
        &mut text,
        format_args!(
            "Of {tried} rows that were run, {verified} are verified. A row is run three times, in a sandbox, with wheels as of \
             the days of both releases: its old code on the old version, its new code on the new version, its old code on the \
             new version. A row that only defines functions has them called: with arguments that were made up where it has \
             parameters, found with the old code on the old version and the same in all three (`verification.made_up`).\n\n\
             | `verification.outcome` | `verified` | rows | dependent | own | synthesized | imported | |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- |",
            tried = funnel.tried(),
        ),
    );
    for outcome in Outcome::ALL {
        if funnel.count(outcome, None) > 0 {
            let verified = match outcome.verified() {
                Verified::Yes => "yes",
                Verified::No => "no",
                Verified::NotRun => "not_run",
            };
            let by_origin =
                Origin::ALL.map(|origin| funnel.count(outcome, Some(origin)).to_string()).join(" | ");
            line(
                &mut text,
                format_args!(
                    "| {} | {verified} | {} | {by_origin} | {} |",
                    outcome.as_str(),
                    funnel.count(outcome, None),
                    meaning(outcome),
                ),
            );
        }
    }
    text
}

/// Rows by threshold: what a stricter or laxer one would give.
fn qualities(scored: &[ApiUpdate], context: &CardContext) -> String {
    let mut text = format!(
        "## Quality\n\n\
         `quality` is the miner's confidence (whether the receiver of a call is known or guessed from a rare name, whether a text or \
         only two signatures tell of the change, what else changed around the edit), and what running the row said: 0.1 more \
         where it is verified, 0.1 less where both codes run without a difference, 0.15 less where the new code fails. \
         Synthesized rows have 0.75 where they are verified, since of 40 such rows two readers found 22 and 23 good, and less \
         otherwise, or where both codes compute different values. The threshold is {threshold}; every scored row \
         is in the configuration `scored`, so that you can choose another one:\n\n\
         ```python\nload_dataset(\"path/to/this/folder\", \"scored\")[\"train\"].filter(lambda row: row[\"quality\"] >= 0.9)\n```\n\n\
         ",
        threshold = context.assemble.min_quality,
    );
    let is_read = !context.judged.is_empty();
    if is_read {
        text.push_str(
            "`read` counts the rows written by people that every reader of `data/audit/` judged, of this build or of an earlier one where they \
             are the same, and `good` those that all of them called good:\n\n",
        );
    }
    let (heads, lines) = if is_read { (" read | good |", " --- | --- |") } else { ("", "") };
    line(
        &mut text,
        format_args!(
            "| `quality` at least | rows | of these verified | synthesized |{heads}\n| --- | --- | --- | --- |{lines}"
        ),
    );
    for threshold in [1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5, 0.0] {
        let rows = || scored.iter().filter(move |row| row.quality >= threshold);
        let verified = rows().filter(|row| row.verified == Verified::Yes).count();
        let synthesized = rows().filter(|row| row.origin == Origin::Synthesized).count();
        let judged = rows()
            .filter(|row| row.origin != Origin::Synthesized)
            .filter_map(|row| context.judged.get(&row.id));
        let judged: Vec<bool> = judged.copied().collect();
        let good = judged.iter().filter(|good| **good).count();
        let read = match judged.len() {
            _ if !is_read => String::new(),
            0 => " 0 | |".to_owned(),
            read => format!(" {read} | {good} ({:.0} %) |", 100.0 * good as f64 / read as f64),
        };
        line(
            &mut text,
            format_args!("| {threshold} | {} | {verified} | {synthesized} |{read}", rows().count()),
        );
    }
    text
}

fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Breaks => "the old code fails on the new version, the new code does not",
        Outcome::Warns => "the old code is warned of a deprecation on the new version, the new code is not",
        Outcome::NoDifference => "both run on the new version, and neither is warned more",
        Outcome::NewFails => "the new code fails on the new version",
        Outcome::OldFails => {
            "the old code fails on the old version: it lacks a file, a service, a project, or a person's setting"
        }
        Outcome::NotReached => "no arguments were found with which the change runs",
        Outcome::Ended => "ended by a limit, or by its own crash",
        Outcome::NoTarget => "no wheels that fit together for the interpreters at hand",
        Outcome::LeftOut => "needs a project that the pipeline leaves out of targets",
        Outcome::NoDate => "the day of a release is not known",
        Outcome::NotSampled => "not in the sample that was run",
    }
}

fn left_out(skipped: &Skipped) -> String {
    let mut text = String::from("## Left out\n\n");
    if skipped.is_empty() {
        text.push_str("Nothing was left out.\n");
        return text;
    }
    text.push_str("| reason | rows | |\n| --- | --- | --- |\n");
    for (reason, rows) in skipped.iter() {
        let explanation = Reason::of_key(reason).map_or("", Reason::explanation);
        line(&mut text, format_args!("| {reason} | {rows} | {explanation} |"));
    }
    text
}

fn origin(context: &CardContext) -> String {
    let mut text = format!(
        "## Where it comes from\n\n\
         Releases are read as archives or tags; nothing of them is built or run to mine them. Between two releases of a \
         library its public API is compared, and texts that speak of each difference are kept as evidence. Then code is \
         looked for that used the old form in one version and the new form in the next: in the library's own tests, docs \
         and examples, and in packages that use the library. What is left after slicing to the changed statements, and \
         what they need, is a row; `provenance` says where to find the whole.\n\n\
         Rebuild it, to the same bytes from the same releases, with apishift {version}:\n\n```sh\n{rebuild}\n```\n\n\
         ## Licences\n\n\
         The code is that of the projects named in `provenance`, under the licence in `license`, which asks for its \
         notice to be kept. Only rows under these licences were taken: {licences}.\n",
        version = context.version,
        rebuild = context.rebuild,
        licences = context.assemble.licences.ids().collect::<Vec<_>>().join(", "),
    );
    if let Some(report) = &context.decontamination {
        let rows: std::collections::BTreeSet<&str> =
            report.overlaps.iter().map(|overlap| overlap.id.as_str()).collect();
        let names: Vec<String> =
            report.benchmarks.iter().map(|(name, grams)| format!("{name} ({grams} runs)")).collect();
        line(
            &mut text,
            format_args!(
                "\n## Benchmarks\n\nRuns of {} words were compared with {}: {} rows share at least one. Those that were left \
                 out for it are counted above.",
                report.n,
                names.join(", "),
                rows.len(),
            ),
        );
    }
    text
}

fn limits(statistics: &Statistics, context: &CardContext) -> String {
    let not_run =
        statistics.verified.iter().find(|count| count.value == "not_run").map_or(0, |count| count.rows);
    let options = &context.assemble;
    format!(
        "## Known limits\n\n\
         - {not_run} of {rows} rows were not executed. That old and new code do what they say is then the miner's \
         judgement, which `quality` weighs and which is wrong at times.\n\
         - `update_info` is the library's text, or those paragraphs of it that name the symbol; it may say less than the \
         edit needs, and it may say more.\n\
         - Code is cut to the changed statements and what they need, so it is shorter than what people write: {min} to \
         {max} lines.\n\
         - At most {cap} rows are about one API, {project_cap} of them from one project, so frequent edits are rarer here \
         than in the wild.\n\
         - Rows are sorted by library. Shuffle before training.\n",
        rows = statistics.rows,
        min = options.min_lines,
        max = options.max_lines,
        cap = options.per_change,
        project_cap = options.per_change_and_project,
    )
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_meaning() {
        let columns: Vec<String> =
            ApiUpdateTable::describe().columns.into_iter().map(|column| column.name).collect();
        assert_eq!(columns, MEANINGS.map(|(name, _)| name.to_owned()));
    }

    #[test]
    fn every_hub_license_is_of_an_spdx_id() {
        for (id, _) in HUB_LICENSES {
            assert!(spdx::license_id(id).is_some(), "{id}");
        }
    }
}
