"""Every table that apishift writes, read by the libraries that people read Parquet with; each of them sees the same values.

    tables.py RUN APISHIFT      # a run's folder, such as data/build/quickstart, and the binary

Needs the packages of requirements.txt and the package `apishift`; no network.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# Before `datasets` is imported, which reads them then.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}

import datasets
import duckdb
import pandas
import polars
import pyarrow
import pyarrow.parquet
from huggingface_hub import DatasetCard

import apishift

TARGETS = ["verl", "trl", "openrlhf", "skyrl", "slime", "prompts", "preference", "preference-text", "unpaired", "sft"]
JSON_LINES = ["nemo-rl", "recode"]
SCHEMAS = Path(__file__).parents[2] / "schemas/tables"


def plain(value):
    """A value as JSON has it, whatever library it comes from: pandas has NaN where there is none, and arrays for lists."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    is_none = value is None or value is pandas.NA or (isinstance(value, float) and math.isnan(value))
    return None if is_none else value


def read_by_all(path, cache):
    """Rows of a file, which have to be the same by every library."""
    wanted = pyarrow.parquet.read_table(path).to_pylist()
    ours = apishift.read(path)
    by_duckdb = duckdb.sql(f"SELECT * FROM read_parquet('{path}')")
    seen = {
        "polars": polars.read_parquet(path).to_dicts(),
        "pandas": pandas.read_parquet(path).to_dict("records"),
        "DuckDB": [dict(zip(by_duckdb.columns, row, strict=True)) for row in by_duckdb.fetchall()],
        "datasets": datasets.load_dataset("parquet", data_files=str(path), cache_dir=cache, split="train").to_list(),
        "pyarrow, of apishift.read": pyarrow.table(ours).to_pylist(),
        "polars, of apishift.read": polars.DataFrame(ours).to_dicts(),
        "DuckDB, of apishift.read": [
            dict(zip(ours.column_names, row, strict=True)) for row in duckdb.sql("SELECT * FROM ours").fetchall()
        ],
    }
    for library, rows in seen.items():
        assert plain(rows) == plain(wanted), f"{library} reads {path} otherwise"
    return len(wanted)


def without_a_copy(path):
    """What pyarrow gets are the buffers that we hold: the same addresses each time."""
    ours = apishift.read(path)

    def addresses():
        columns = pyarrow.table(ours).columns
        return [buffer.address for column in columns for chunk in column.chunks for buffer in chunk.buffers() if buffer]

    assert addresses() == addresses() != [], f"{path} was copied"


def for_readers(folder):
    """The README's example."""
    import apishift

    rows = apishift.read(folder, "train")
    polars.DataFrame(rows)
    pyarrow.table(rows)
    duckdb.sql("SELECT dependency, count(*) FROM rows GROUP BY 1")
    assert polars.DataFrame(rows).height == pyarrow.table(rows).num_rows == len(rows) > 0


def dataset_as_its_card_says(folder, cache):
    """`load_dataset(folder)`: the splits that have rows, the columns of the schema, no id twice, no change on two sides."""
    files = {split: folder / f"data/{split}-00000-of-00001.parquet" for split in apishift.data.SPLITS}
    rows = {split: pyarrow.parquet.read_metadata(path).num_rows for split, path in files.items()}
    expected = {split: count for split, count in rows.items() if count}
    card = DatasetCard((folder / "README.md").read_text(encoding="utf-8")).data.to_dict()
    default = next(config for config in card["configs"] if config.get("default"))
    assert [entry["split"] for entry in default["data_files"]] == list(expected), default
    assert card["license"] and card["pretty_name"] and card["size_categories"], card
    loaded = datasets.load_dataset(str(folder), cache_dir=cache)
    assert loaded.num_rows == expected, (loaded.num_rows, expected)
    columns = [column["name"] for column in json.loads((SCHEMAS / "api_updates.json").read_text())["columns"]]
    whole = datasets.concatenate_datasets(list(loaded.values()))
    assert whole.column_names == columns, whole.column_names
    assert len(set(whole["id"])) == len(whole), "an id stands there twice"
    sides = {}
    for provenance, split in zip(whole["provenance"], whole["split"], strict=True):
        sides.setdefault(provenance["change_id"], set()).add(split)
    assert all(len(side) == 1 for side in sides.values()), "an API change is on two sides"
    streamed = datasets.load_dataset(str(folder), split="train", streaming=True)
    assert sum(1 for _ in streamed) == expected["train"], "streaming gives another number of rows"
    assert len(apishift.read(folder)) == sum(rows.values())
    assert len(apishift.read(folder.parent, "train")) == rows["train"]


def judged(run, scratch, binary):
    """Files of verdicts and rewards."""
    rows = apishift.read(run / "dataset")
    answers = scratch / "answers.jsonl"
    with answers.open("w", encoding="utf-8") as lines:
        for row in pyarrow.table(rows).slice(0, 20).to_pylist():
            answer = f"why</think><answer>\n```python\n{row['new_code']}\n```\n</answer>"
            lines.write(json.dumps({**row, "completion": answer}) + "\n")
    programs = scratch / "programs.jsonl"
    programs.write_text(
        "".join(
            json.dumps({"task_id": f"t{number}", "program": f"def f():\n    return {number}\n", "tests": "assert f() == 1"}) + "\n"
            for number in range(3)
        )
    )
    given = [["reward", answers, "--out", scratch / "rewards.parquet"], ["verify", programs, "--out", scratch / "verdicts.parquet"]]
    for arguments in given:
        subprocess.run([binary, *arguments], check=True, stdout=subprocess.DEVNULL)
    return [scratch / "rewards.parquet", scratch / "verdicts.parquet"]


def main(run, binary):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        cache = str(scratch / "cache")
        files = [path for path in sorted(run.rglob("*.parquet")) if ".work" not in path.parts]
        for target in TARGETS + JSON_LINES:
            arguments = ["export", run / "dataset", "--to", target, "--out", scratch / target]
            subprocess.run([binary, *arguments], check=True, stdout=subprocess.DEVNULL)
            parts = datasets.load_dataset(str(scratch / target), cache_dir=cache)
            assert parts.num_rows["train"] > 0, target
            files += sorted((scratch / target).glob("*.parquet"))
            if target not in JSON_LINES:
                assert len(apishift.read(scratch / target)) == sum(parts.num_rows.values()), target
        files += judged(run, scratch, binary)
        rows = sum(read_by_all(path, cache) for path in files)
        without_a_copy(files[0])
        for_readers(run / "dataset")
        dataset_as_its_card_says(run / "dataset", cache)
    print(f"{len(files)} tables, {rows} rows: datasets, polars, pandas, DuckDB and pyarrow read the same")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
