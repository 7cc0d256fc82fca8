"""OpenRLHF: `--reward.remote_url PATH/OF/apishift/openrlhf.py`. `APISHIFT_REWARDS` says which rewards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from apishift import rewards_of_the_environment

#: Special tokens at the end of an answer: OpenRLHF decodes sequences with them.
END = re.compile(r"(?:\s*(?:<\|[^<>|]{1,40}\|>|</s>|<eos>|<end_of_turn>|<pad>))+\s*\Z")

_rewards = rewards_of_the_environment()


def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[str], **_others: Any) -> dict[str, Any]:
    """Rewards of whole sequences: `rewards`, `scores` between 0 and 1 (by which OpenRLHF filters), and each component."""
    import torch

    pairs = zip(queries, prompts, strict=True)
    completions = [END.sub("", query.removeprefix(prompt)) for query, prompt in pairs]
    scored = _rewards.score(completions, list(labels))
    totals = torch.tensor([one["score"] for one in scored])
    least, most = _rewards.bounds
    width = most - least
    return {
        "rewards": totals,
        "scores": (totals - least) / width if width > 0 else torch.full_like(totals, 0.5),
        "extra_logs": {name: torch.tensor([one[name] for one in scored]) for name in _rewards.components},
    }
