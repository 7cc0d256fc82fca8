"""slime: `--custom-rm-path apishift.slime.reward`."""

from __future__ import annotations

from typing import Any

from . import Rewards

_rewards = Rewards("default")


async def reward(args: Any, sample: Any, **_others: Any) -> Any:
    """The reward of a sample, or of a group of samples (`--group-rm`). With `--reward-key` a dictionary, else a number."""
    group = sample if isinstance(sample, list) else [sample]
    scored = _rewards.score([one.response for one in group], [one.label for one in group])
    wants_all = getattr(args, "reward_key", None)
    rewards = scored if wants_all else [one["score"] for one in scored]
    return rewards if isinstance(sample, list) else rewards[0]
