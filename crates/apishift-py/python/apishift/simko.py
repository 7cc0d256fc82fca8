"""SimKO (2510.14807, later CaSP) for trainers that take log-probabilities: the same numbers with SimKO's gradients.

SimKO changes no ratio and no clipping decision, only where the gradient of a token's ratio goes (section 3 of the paper): for
correct answers, at tokens of high entropy, a part of it goes to the most probable candidates instead of the sampled one; for wrong
answers, the most probable token is pushed down harder. As the value of `sg(g / g_n) * g_n` is `g`, and the probability under the
old policy cancels, this is the same as a log-probability whose value is the sampled token's and whose gradient is a mixture. So
any clipped policy loss (GRPO's, DAPO's) becomes SimKO's by these log-probabilities. A penalty for the distance to a reference, where
there is one, takes the plain ones.

What a trainer has to have where it computes them: the logits of the current policy, and the advantages. TRL has both
(`apishift.simko_trl.SimkoTrainer`). A policy loss that is registered with verl gets neither: `log_probs` belongs in its engine,
where logits become log-probabilities. Needs torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def log_probs(
    logits: Tensor,
    tokens: Tensor,
    mask: Tensor,
    advantages: Tensor,
    *,
    alpha: float = 0.01,
    candidates: int = 3,
    quantile: float = 0.8,
    penalty: float = 1.1,
) -> tuple[Tensor, Tensor]:
    """Log-probabilities of `tokens`, natural logarithm, with SimKO's gradients; and the entropy at each token, without gradient.

    `logits` (batch, time, vocabulary) are those that predict `tokens` (batch, time), divided by the temperature. `mask` (batch, time)
    is true at the answer's tokens. `advantages` are of each answer (batch,) or token (batch, time). Correct answers are those with an
    advantage above 0, wrong ones those below: rewards need not be 0 and 1.

    `alpha` of the gradient of a correct token goes to the `candidates` most probable ones in equal shares; `penalty` multiplies that
    of a wrong token which is the most probable; both only where the entropy is above the `quantile` of those of the answer. The
    defaults are the paper's. As in the released code the penalty multiplies the gradient and not the ratio, which is clipped where
    GRPO clips it.
    """
    import torch

    log_normaliser = logits.logsumexp(-1)
    own = logits.gather(-1, tokens.unsqueeze(-1)).squeeze(-1) - log_normaliser
    advantages = advantages.unsqueeze(-1) if advantages.dim() == 1 else advantages
    with torch.no_grad():
        entropy = torch.special.entr((logits - log_normaliser.unsqueeze(-1)).exp()).sum(-1)
        answer = entropy.float().masked_fill(~mask.bool(), float("nan"))
        # Not above anything where there is no answer: comparisons with NaN are false.
        is_gated = answer > answer.nanquantile(quantile, dim=-1, keepdim=True)
        best = logits.topk(candidates, dim=-1).indices
        is_first = best[..., 0] == tokens
    others = (logits.gather(-1, best) - log_normaliser.unsqueeze(-1)).mean(-1)
    smoothed = (1 - alpha) * own + alpha * others
    carrier = torch.where(is_gated & (advantages > 0), smoothed, own)
    carrier = torch.where(is_gated & (advantages < 0) & is_first, penalty * own, carrier)
    return own.detach() + carrier - carrier.detach(), entropy
