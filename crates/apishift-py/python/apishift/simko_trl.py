"""TRL: `SimkoTrainer` in place of `GRPOTrainer`. Tried with TRL 1.16."""

from __future__ import annotations

from typing import Any

import torch
from trl import GRPOTrainer

from .simko import log_probs


class SimkoTrainer(GRPOTrainer):
    """`GRPOTrainer` with SimKO's gradients (2510.14807): its loss, its clipping and its settings, and `simko`, which are the keyword
    arguments of `apishift.simko.log_probs`.

    It needs the logits of the answers, batch times length times vocabulary, which TRL's own fused head avoids: mind the memory. Text
    models only, without the auxiliary loss of mixtures of experts; without a penalty for the distance to a reference (`beta`) and
    without a bonus for entropy, which would get SimKO's gradients, or none.
    """

    def __init__(self, *args: Any, simko: dict[str, Any] | None = None, **others: Any) -> None:
        self.simko = dict(simko or {})
        self._update: dict[str, torch.Tensor] | None = None
        super().__init__(*args, **others)
        for name in ("beta", "entropy_coef"):
            if getattr(self.args, name, None):
                raise ValueError(f"SimkoTrainer trains without {name}: set it to 0")

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        self._update = inputs
        try:
            return super()._compute_loss(model, inputs)
        finally:
            self._update = None

    def _get_per_token_logps_and_entropies(
        self, model: Any, input_ids: torch.Tensor, attention_mask: torch.Tensor, logits_to_keep: int, *args: Any, **others: Any
    ) -> Any:
        if self._update is None:
            # Of the old policy, or of the reference: no gradient is taken.
            return super()._get_per_token_logps_and_entropies(model, input_ids, attention_mask, logits_to_keep, *args, **others)
        if others.get("compute_aux_loss") or others.get("pixel_values") is not None:
            raise NotImplementedError("SimkoTrainer trains text models without an auxiliary loss")
        with self.accelerator.autocast():
            outputs = model(input_ids=input_ids, attention_mask=attention_mask, logits_to_keep=logits_to_keep + 1, use_cache=False)
        # The last logits predict what would come after the answer.
        logits = outputs.logits[:, -logits_to_keep - 1 : -1].float() / self.temperature
        mask = self._update["completion_mask"]
        if "tool_mask" in self._update:
            # What a tool said is no token of the answer.
            mask = mask * self._update["tool_mask"]
        own, entropy = log_probs(logits, input_ids[:, -logits_to_keep:], mask, self._update["advantages"], **self.simko)
        return own, entropy, None
