//! Writes two small dataset directories, one of them without validation and test rows, for `tests/interop`.
//!
//!     cargo run -p apishift-dataset --example sample_dataset -- DIR

#![expect(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::path::PathBuf;

use apishift_dataset::{AssembleOptions, CardContext, Fractions, Funnel, SplitOptions, split, write_dataset};
use apishift_types::Skipped;

#[path = "../tests/dataset/support.rs"]
#[expect(dead_code, reason = "tests use what is not used here")]
mod support;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = PathBuf::from(std::env::args().nth(1).ok_or("name a folder for the two datasets")?);
    let only_train = Fractions { train: 1.0, validation: 0.0, test: 0.0 };
    for (name, fractions) in [("three-splits", Fractions::default()), ("only-train", only_train)] {
        let rows = (0..200)
            .map(|n| {
                let mut row = support::update(&format!("r{n}"));
                row.symbol = format!("shapes.f{n}");
                row.provenance.change_id = format!("c{n}");
                row.release_date = (n % 3 > 0).then(|| "2024-05-01".to_owned());
                row
            })
            .collect();
        let options = SplitOptions { fractions, ..SplitOptions::default() };
        let (rows, split_statistics) = split(rows, &options);
        let context = CardContext {
            title: format!("Sample: {name}"),
            rebuild: "cargo run -p apishift-dataset --example sample_dataset".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            assemble: AssembleOptions::default(),
            split: options,
            split_statistics,
            skipped: Skipped::default(),
            decontamination: None,
            funnel: Funnel::of(&rows),
            judged: std::collections::BTreeMap::new(),
        };
        let written = write_dataset(&dir.join(name), rows.clone(), rows, &context)?;
        for (file, rows) in written.files {
            println!("{name}/{file}: {rows} rows");
        }
    }
    Ok(())
}
