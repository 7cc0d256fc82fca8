"""slime: `--custom-rm-path apishift.slime.reward`. `APISHIFT_REWARDS` says which rewards."""

from __future__ import annotations

from typing import Any

from . import rewards_of_the_environment

_rewards = rewards_of_the_environment()


async def reward(args: Any, sample: Any, **_others: Any) -> Any:
    """The reward of a sample, or of a group of samples (`--group-rm`). With `--reward-key` a dictionary, else a number."""
    group = sample if isinstance(sample, list) else [sample]
    scored = _rewards.score([one.response for one in group], [one.label for one in group])
    wants_all = getattr(args, "reward_key", None)
    rewards = scored if wants_all else [one["score"] for one in scored]
    return rewards if isinstance(sample, list) else rewards[0]
