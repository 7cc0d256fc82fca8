"""verl: `reward.custom_reward_function.path=pkg://apishift.verl`, `.name=compute_score`."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from typing import Any

from . import Rewards

#: Completions of more characters are rewarded on a thread of their own, so that others are not kept waiting.
LONG = 20_000


@lru_cache(maxsize=16)
def _rewards(spec: str) -> Rewards:
    return Rewards(json.loads(spec) if spec.startswith("{") else spec)


def _plain(value: Any) -> Any:
    """What verl's configuration has for a mapping or a list, as one."""
    return dict(value) if hasattr(value, "keys") else list(value)


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: dict[str, Any] | None = None,
    rewards: str | dict[str, Any] = "default",
    **_others: Any,
) -> dict[str, float]:
    """The reward of one completion: `score` and each component.

    `rewards` comes from `reward.custom_reward_function.reward_kwargs`: a preset's name, or a mapping as for `apishift.Rewards`.
    The keys are the same for every sample, as verl needs them.
    """
    spec = rewards if isinstance(rewards, str) else json.dumps(rewards, sort_keys=True, default=_plain)
    giver = _rewards(spec)

    def one() -> dict[str, float]:
        return giver.score([solution_str], [ground_truth], 1)[0]

    result = await asyncio.to_thread(one) if len(solution_str) > LONG else one()
    return result
