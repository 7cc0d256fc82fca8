"""`apishift.read`, with nothing else installed: reading.py FOLDER, a dataset of three rows that train and one of the test."""

import sys
from pathlib import Path

import apishift


def test_a_dataset_and_its_parts(folder):
    assert len(apishift.read(folder)) == 4 and len(apishift.read(folder.parent, "train")) == 3
    table = apishift.read(str(folder / "data/test-00000-of-00001.parquet"))
    assert len(table) == 1 and table.column_names[:2] == ["id", "messages"], table
    assert "1 rows of id, messages" in repr(table)


def test_other_libraries_are_handed_arrow(folder):
    table = apishift.read(folder)
    assert '"arrow_schema"' in repr(table.__arrow_c_schema__())
    for capsule in (table.__arrow_c_stream__(), table.__arrow_c_stream__(None)):
        assert '"arrow_array_stream"' in repr(capsule)


def test_what_cannot_be_read_is_named(folder):
    (folder / "other.parquet").write_bytes(b"PAR1, or not")
    for path, split, wanted, kind in [
        (folder / "none.parquet", None, "none.parquet", FileNotFoundError),
        (folder, "../train", "no split", ValueError),
        (folder / "other.parquet", None, "other.parquet", ValueError),
        (folder, "validation", "'validation'", FileNotFoundError),
        (folder / "data/test-00000-of-00001.parquet", "train", "no splits", ValueError),
        (folder / "data", None, "a split", FileNotFoundError),
    ]:
        try:
            apishift.read(path, split)
        except kind as error:
            assert wanted in str(error), error
        else:
            raise AssertionError(wanted)


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test(Path(sys.argv[1]))
            print(name)
