"""Rule rewards for code that answers API changes, datasets as Arrow, and plugs for trainers.

`Rewards` gives rewards, `read` reads datasets; `apishift.verl`, `apishift.trl`, `apishift.openrlhf`, `apishift.slime` and
`apishift.skyrl` are what the trainers of these names call, `apishift.simko` and `apishift.simko_trl` train with SimKO's gradients.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _apishift
from ._apishift import __version__, edit_similarity
from .data import Table, read

__all__ = [
    "PYTHON",
    "Rewards",
    "Table",
    "__version__",
    "edit_similarity",
    "normalised",
    "parses",
    "read",
    "rewards_of_the_environment",
    "same_tree",
]

#: Version of Python that code has to be of, where nothing else is said.
PYTHON = (3, 13)


class Rewards:
    """Rule rewards: a weighted sum of named components.

    `spec` is `"default"`, `"recode"` (what ReCode's released code gives, with its faults), the path of a `.toml` file of rewards or of
    a pipeline, or a mapping with the keys of such a file, such as `{"code": "block", "weights": {"es_star": 1.0, "old_api": -0.5}}`.
    A ground truth is the code that is right, or JSON with `new_code`, `old_code` and `target_signature` as `apishift export` writes it.

    Objects are small, can be pickled, and can be used from any thread and after a fork.
    """

    def __init__(self, spec: str | os.PathLike[str] | Mapping[str, Any] = "default") -> None:
        text = json.dumps(spec) if isinstance(spec, Mapping) else os.fspath(spec)
        if text.endswith(".toml"):
            try:
                self._rewards = _apishift.Rewards(Path(text).read_text(encoding="utf-8"))
            except ValueError as error:
                raise ValueError(f"{text}: {error}") from None
        else:
            self._rewards = _apishift.Rewards(text)
        #: What the rewards are, as a mapping.
        self.spec: dict[str, Any] = json.loads(self._rewards.spec)

    def __reduce__(self) -> tuple[type[Rewards], tuple[Any]]:
        return type(self), (self.spec,)

    def __repr__(self) -> str:
        return f"Rewards({self.spec!r})"

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the most that a score can be."""
        return self._rewards.bounds

    @property
    def components(self) -> list[str]:
        """Names of the components, in the order in which they are reported."""
        return self._rewards.components

    def score(
        self, completions: Sequence[str], ground_truths: Sequence[str], threads: int | None = None
    ) -> list[dict[str, float]]:
        """For each completion its `score` (the weighted sum) and each component, unweighted. Every dictionary has the same keys.

        `threads`: as many as the machine has cores, if nothing is said. Raises `ValueError` for lists of different lengths, and for
        no text at all.
        """
        return self._rewards.score(list(completions), list(ground_truths), threads)

    def totals(
        self, completions: Sequence[str], ground_truths: Sequence[str], threads: int | None = None
    ) -> list[float]:
        """The score of each completion."""
        return self._rewards.totals(list(completions), list(ground_truths), threads)

    def code_of(self, completion: str) -> str | None:
        """The code of a completion; `None` where there is none."""
        return self._rewards.code_of(completion)


def rewards_of_the_environment() -> Rewards:
    """The rewards that `APISHIFT_REWARDS` names (a preset, a `.toml` file, or JSON), else the default ones: for plugs that a trainer
    gives no arguments."""
    named = os.environ.get("APISHIFT_REWARDS") or "default"
    return Rewards(json.loads(named) if named.startswith("{") else named)


def parses(code: str, python: tuple[int, int] = PYTHON) -> bool:
    """Whether `ast.parse` of this version of Python takes the code. Nothing is run, whatever Python this is."""
    return _apishift.parses(code, python)


def same_tree(one: str, other: str, python: tuple[int, int] = PYTHON) -> bool:
    """Whether two codes are the same but for layout, comments, quotes and the order of imports."""
    return _apishift.same_tree(one, other, python)


def normalised(code: str, python: tuple[int, int] = PYTHON) -> str:
    """The code without comments, blank lines and white space at line ends; what is in strings stays."""
    return _apishift.normalised(code, python)
