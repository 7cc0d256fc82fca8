"""Checks that `datasets` reads a dataset directory as its card says.

    python tests/interop/load_dataset.py DIR [DIR ...]

Needs the packages of requirements.txt; no network. Exits with 1 at the first directory that is not as it should be.
"""

import os
import sys
import tempfile
from pathlib import Path

# Before `datasets` is imported, which reads them then.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"

import pyarrow.parquet as parquet
from datasets import Value, concatenate_datasets, load_dataset
from huggingface_hub import DatasetCard

SPLITS = ["train", "validation", "test"]
TEXT = Value("string")
FEATURES = {
    "id": TEXT,
    "dependency": TEXT,
    "old_version": TEXT,
    "new_version": TEXT,
    "release_date": TEXT,
    "description": TEXT,
    "update_info": TEXT,
    "update_info_source": TEXT,
    "old_code": TEXT,
    "new_code": TEXT,
    "language": TEXT,
    "change_kind": TEXT,
    "symbol": TEXT,
    "replacement": TEXT,
    "origin": TEXT,
    "unit_kind": TEXT,
    "provenance": {
        "project": TEXT,
        "old_ref": TEXT,
        "new_ref": TEXT,
        "path": TEXT,
        "start_line": Value("uint32"),
        "end_line": Value("uint32"),
        "change_id": TEXT,
    },
    "license": TEXT,
    "verified": TEXT,
    "verification": {"old_on_old": TEXT, "new_on_new": TEXT, "old_on_new": TEXT},
    "quality": Value("float64"),
    "split": TEXT,
}


def check_card(directory: Path, splits: list[str]) -> None:
    """The header is read by the hub's own library and names one configuration with the splits that have rows."""
    content = (directory / "README.md").read_text(encoding="utf-8")
    assert content.startswith("---\n"), "the card's header does not start at its first byte"
    data = DatasetCard(content).data.to_dict()
    (config,) = data["configs"]
    assert [entry["split"] for entry in config["data_files"]] == splits, config
    assert data["license"] and data["pretty_name"] and data["size_categories"], data


def check(directory: Path, cache: str) -> None:
    """Splits, counts and types; no id twice, no API change on two sides."""
    files = {split: directory / "data" / f"{split}-00000-of-00001.parquet" for split in SPLITS}
    rows = {split: parquet.read_metadata(path).num_rows for split, path in files.items()}
    # `datasets` fails on a split without rows: its file is there, and the card leaves it out.
    expected = {split: count for split, count in rows.items() if count}
    check_card(directory, list(expected))

    dataset = load_dataset(str(directory), cache_dir=cache)
    assert list(dataset) == list(expected), list(dataset)
    assert dataset.num_rows == expected, (dataset.num_rows, expected)
    for split, part in dataset.items():
        assert dict(part.features) == FEATURES, (split, part.features)
        assert set(part["split"]) <= {split}, split

    whole = concatenate_datasets(list(dataset.values()))
    assert len(set(whole["id"])) == len(whole), "an id stands there twice"
    sides: dict[str, set[str]] = {}
    for provenance, split in zip(whole["provenance"], whole["split"]):
        sides.setdefault(provenance["change_id"], set()).add(split)
    assert all(len(side) == 1 for side in sides.values()), "an API change is on two sides"

    streamed = load_dataset(str(directory), split="train", streaming=True)
    assert sum(1 for _ in streamed) == expected["train"], "streaming gives another number of rows"
    print(f"{directory.name}: {dataset.num_rows}, {len(sides)} API changes")


def main(directories: list[str]) -> int:
    if not directories:
        print(__doc__, file=sys.stderr)
        return 2
    for directory in directories:
        with tempfile.TemporaryDirectory() as cache:
            try:
                check(Path(directory), cache)
            except AssertionError as error:
                print(f"{directory}: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
