"""Datasets, exports and tables as Arrow columns."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from . import _apishift

#: Parts of a dataset, in the order in which they are read.
SPLITS = ("train", "validation", "test")


class Table:
    """Rows in memory, which every library that speaks Arrow takes as they are, without a copy.

    `pyarrow.table(table)`, `polars.DataFrame(table)`, `pandas.DataFrame.from_arrow(table)` (pandas 3), and in DuckDB
    `SELECT ... FROM table`. Made by `apishift.read`.
    """

    def __init__(self, files: list[os.PathLike[str] | str]) -> None:
        self._table = _apishift.Table([os.fspath(file) for file in files])

    def __len__(self) -> int:
        return self._table.num_rows

    def __repr__(self) -> str:
        return f"<apishift.Table: {len(self)} rows of {', '.join(self.column_names)}>"

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in order."""
        return self._table.column_names

    def __arrow_c_schema__(self) -> Any:
        return self._table.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


def read(path: str | os.PathLike[str], split: str | None = None) -> Table:
    """Reads a dataset, an export, or one Parquet file.

    `path` is a folder that `apishift run` or `apishift export` wrote, or a `.parquet` file. `split` is one of `train`, `validation`
    and `test`; without it all of them are read, in that order. Raises `FileNotFoundError` where nothing of it is there, and
    `ValueError` for what is no Parquet.
    """
    if split is not None and split not in SPLITS:
        raise ValueError(f"there is no split {split!r}; there are {', '.join(SPLITS)}")
    place = Path(path)
    if not place.is_dir():
        if split is not None:
            raise ValueError(f"{place} is one file, of which there are no splits")
        return Table([place])
    folder = place if (place / "data").is_dir() or not (place / "dataset").is_dir() else place / "dataset"
    files: list[os.PathLike[str] | str] = []
    for name in SPLITS if split is None else (split,):
        files += sorted([*folder.glob(f"data/{name}-*.parquet"), *folder.glob(f"{name}.parquet")])
    if not files:
        wanted = "a split" if split is None else f"the split {split!r}"
        raise FileNotFoundError(f"{place} has no Parquet files of {wanted}")
    return Table(files)
