//! The tables that stages exchange.

use std::sync::LazyLock;

use apishift_types::{
    ApiChange, ApiUpdate, CandidateRow, Execution, Migration, PreferenceRow, PreferenceTextRow, RewardRow,
    RlRow, ScoreRow, SftRow, UnpairedRow, VerdictRow,
};
use arrow::datatypes::SchemaRef;
use serde::{Serialize, de::DeserializeOwned};

use crate::{ColumnSchema, ReleaseRow, TableSchema, schema::columns_of};

/// A table: a name, a version of its columns, and the type of its rows.
pub trait Table {
    /// Name, as in file names: `api_changes`.
    const NAME: &'static str;
    /// Version of the columns. Bump it when a column is added.
    const VERSION: u32;
    /// One row.
    type Row: Serialize + DeserializeOwned + Send + Sync;

    /// The Arrow columns, in file order.
    fn schema() -> SchemaRef;

    /// Name of the table's file in a stage folder.
    fn file_name() -> String {
        format!("{}.parquet", Self::NAME)
    }

    /// Name, version and columns, as `schemas/` shows them.
    fn describe() -> TableSchema {
        let columns = Self::schema().fields().iter().map(|field| ColumnSchema::of(field)).collect();
        TableSchema { table: Self::NAME, version: Self::VERSION, columns }
    }
}

/// Declares a table and keeps its traced schema.
macro_rules! table {
    ($(#[$doc:meta])* $table:ident, $name:literal, $version:literal, $row:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $table;

        impl Table for $table {
            const NAME: &'static str = $name;
            const VERSION: u32 = $version;
            type Row = $row;

            fn schema() -> SchemaRef {
                static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(columns_of::<$row>);
                SCHEMA.clone()
            }
        }
    };
}

table!(
    /// `releases`: what `fetch` found, one row per release.
    ReleaseTable, "releases", 1, ReleaseRow
);
table!(
    /// `api_changes`: what `mine` found.
    ApiChangeTable, "api_changes", 2, ApiChange
);
table!(
    /// `migrations`: what `migrate` found, before filters over the whole table.
    MigrationTable, "migrations", 1, Migration
);
table!(
    /// `api_updates`: the examples.
    ApiUpdateTable, "api_updates", 4, ApiUpdate
);
table!(
    /// `executions`: what came of running the examples, one row for each.
    ExecutionTable, "executions", 2, Execution
);

table!(
    /// `candidates`: programs that answer problems, right and wrong.
    CandidateTable, "candidates", 1, CandidateRow
);

table!(
    /// `verdicts`: what `verify` found, one row per program.
    VerdictTable, "verdicts", 1, VerdictRow
);

table!(
    /// `rewards`: what `reward` gave, one row per completion.
    RewardTable, "rewards", 2, RewardRow
);

table!(
    /// `scores`: what `score` gave, one row per answer.
    ScoreTable, "scores", 1, ScoreRow
);

table!(
    /// `rl`: prompts with what their answers are judged by, for trainers.
    RlTable, "rl", 1, RlRow
);

table!(
    /// `preference`: pairs of conversations, the better one first.
    PreferenceTable, "preference", 1, PreferenceRow
);

table!(
    /// `preference_text`: the same as texts.
    PreferenceTextTable, "preference_text", 1, PreferenceTextRow
);

table!(
    /// `unpaired`: answers that are right or wrong.
    UnpairedTable, "unpaired", 1, UnpairedRow
);

table!(
    /// `sft`: conversations to learn from.
    SftTable, "sft", 1, SftRow
);

/// Every table, in the order in which a run makes them; then those of exports.
pub fn table_schemas() -> Vec<TableSchema> {
    vec![
        ReleaseTable::describe(),
        ApiChangeTable::describe(),
        MigrationTable::describe(),
        ApiUpdateTable::describe(),
        ExecutionTable::describe(),
        CandidateTable::describe(),
        VerdictTable::describe(),
        RewardTable::describe(),
        ScoreTable::describe(),
        RlTable::describe(),
        PreferenceTable::describe(),
        PreferenceTextTable::describe(),
        UnpairedTable::describe(),
        SftTable::describe(),
    ]
}
