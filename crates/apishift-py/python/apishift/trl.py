"""TRL: reward functions for `GRPOTrainer(reward_funcs=[...])`, by the names under which they are logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import Rewards

#: Columns of which one has the target, the first that is there.
TRUTHS = ("label", "ground_truth", "new_code", "answer")


class Reward:
    """A reward function: an object that can be pickled, with the name by which TRL logs it."""

    def __init__(self, name: str, spec: str | Mapping[str, Any]) -> None:
        self.__name__ = name
        self.rewards = Rewards(spec)

    def __repr__(self) -> str:
        return f"Reward({self.__name__!r}, {self.rewards.spec!r})"

    def __call__(self, completions: Sequence[Any], **columns: Any) -> list[float]:
        """The rewards of a batch. `completions` are texts or conversations; `columns` are the dataset's."""
        truths = next((columns[name] for name in TRUTHS if name in columns), None)
        if truths is None:
            raise ValueError(f"the dataset has none of the columns {', '.join(TRUTHS)}; write it by `apishift export --to trl`")
        return self.rewards.totals([_text(completion) for completion in completions], list(truths))


def _text(completion: Any) -> str:
    return completion if isinstance(completion, str) else completion[-1]["content"]


def _component(name: str, component: str) -> Reward:
    return Reward(name, {"weights": {component: 1.0}})


#: The weighted sum of the default rewards: format and ES*.
reward = Reward("reward", "default")
format_reward = _component("format_reward", "format")
em_star = _component("em_star", "em_star")
es_star = _component("es_star", "es_star")
syntax = _component("syntax", "syntax")
ast_match = _component("ast_match", "ast_match")
new_api = _component("new_api", "new_api")
old_api = _component("old_api", "old_api")
call_match = _component("call_match", "call_match")
signature = _component("signature", "signature")
