"""SkyRL: an environment of one turn. Importing this module registers it as `apishift`; `APISHIFT_REWARDS` says which rewards."""

from __future__ import annotations

from typing import Any

from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput
from skyrl_gym.envs.registration import register

from . import rewards_of_the_environment


class ApishiftEnv(BaseTextEnv):
    """Rewards the one answer that a prompt gets."""

    def __init__(self, env_config: Any = None, extras: dict[str, Any] | None = None) -> None:
        super().__init__()
        spec = (extras or {}).get("reward_spec")
        if not spec or "ground_truth" not in spec:
            raise ValueError("the row has no reward_spec.ground_truth; write it by `apishift export --to skyrl`")
        self.ground_truth = spec["ground_truth"]
        self.rewards = rewards_of_the_environment()

    def step(self, action: str) -> BaseTextEnvStepOutput:
        scored = self.rewards.score([action], [self.ground_truth], 1)[0]
        return BaseTextEnvStepOutput(observations=[], reward=scored["score"], done=True, metadata=scored)


register(id="apishift", entry_point="apishift.skyrl:ApishiftEnv")
