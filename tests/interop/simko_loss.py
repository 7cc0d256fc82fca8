"""SimKO's gradients, against those of the paper's formula, computed here by hand."""

import torch

from apishift.simko import log_probs

#: Logits of a token of high entropy, and of one of low entropy, which no gate lets through.
OPEN, SURE = [1.2, 0.7, 0.1, -1.0, -2.0], [9.0, 0.0, 0.0, 0.0, 0.0]
OLD = [1.0, 0.9, 0.0, -0.8, -2.2]
SETTINGS = {"alpha": 0.2, "candidates": 3, "quantile": 0.5, "penalty": 1.1}


def ratio_and_gradient(token, advantage, settings):
    """Of the first token: its ratio to the old policy, and the gradient of advantage times ratio by its logits."""
    logits = torch.tensor([[OPEN, SURE]], dtype=torch.float64, requires_grad=True)
    tokens, mask = torch.tensor([[token, 0]]), torch.ones(1, 2)
    own, entropy = log_probs(logits, tokens, mask, torch.tensor([advantage]), **settings)
    assert entropy[0, 0] > entropy[0, 1] and not entropy.requires_grad
    old = torch.tensor(OLD, dtype=torch.float64).log_softmax(-1)[token]
    ratio = (own[0, 0] - old).exp()
    (advantage * ratio).backward()
    return ratio.item(), logits.grad[0, 0]


def close(one, other):
    return torch.allclose(one, torch.as_tensor(other, dtype=torch.float64), atol=1e-6)


def test_a_right_token_shares_its_gradient_with_the_candidates():
    ratio, gradient = ratio_and_gradient(1, 1.0, SETTINGS)
    # The vector of the paper's formula: ratio times (smoothed target less probabilities).
    assert abs(ratio - 0.794644) < 1e-6, ratio
    assert close(gradient, [-0.327060, 0.458188, -0.073527, -0.042109, -0.015491]), gradient
    probabilities = torch.tensor(OPEN, dtype=torch.float64).softmax(-1)
    share = 0.2 / 3
    assert close(gradient, ratio * (torch.tensor([share, 0.8 + share, share, 0, 0]) - probabilities)), gradient


def test_a_wrong_token_is_pushed_down_harder_where_it_is_the_most_probable():
    for token, factor in [(0, 1.1), (1, 1.0)]:
        ratio, gradient = ratio_and_gradient(token, -1.0, SETTINGS)
        plain_ratio, plain = ratio_and_gradient(token, -1.0, {**SETTINGS, "penalty": 1.0, "alpha": 0.0})
        assert ratio == plain_ratio and close(gradient, factor * plain), (token, gradient, plain)


def plain_log_probabilities(logits, tokens):
    return logits.log_softmax(-1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


def test_each_answer_has_its_gate_and_padding_has_no_say_in_it():
    # Two answers: of the first the third place is padding, of the highest entropy there is; the second is sure everywhere.
    flat, low = [0.0] * 5, [6.0, 0.0, 0.0, 0.0, 0.0]
    logits = torch.tensor([[OPEN, SURE, flat], [SURE, SURE, low]], dtype=torch.float64, requires_grad=True)
    tokens = torch.tensor([[1, 0, 0], [0, 0, 0]])
    mask = torch.tensor([[1, 1, 0], [1, 1, 1]])
    own, _ = log_probs(logits, tokens, mask, torch.tensor([1.0, -1.0]), alpha=0.2, candidates=3, quantile=0.5, penalty=1.5)
    given = torch.autograd.grad(own.sum(), logits)[0]
    plain = torch.autograd.grad(plain_log_probabilities(logits, tokens).sum(), logits)[0]
    changed = (given - plain).abs().amax(-1) > 1e-9
    # Of the first answer its open place, of the second the one that is least sure of the most probable token.
    assert changed.tolist() == [[True, False, False], [False, False, True]], changed
    assert close(given[1, 2], 1.5 * plain[1, 2])


def test_advantages_may_be_of_tokens():
    logits = torch.tensor([[OPEN, OPEN, SURE]], dtype=torch.float64, requires_grad=True)
    tokens, mask = torch.tensor([[1, 0, 0]]), torch.ones(1, 3)
    own, _ = log_probs(logits, tokens, mask, torch.tensor([[1.0, -1.0, 1.0]]), alpha=0.2, quantile=0.2, penalty=1.5)
    given = torch.autograd.grad(own.sum(), logits)[0]
    plain = torch.autograd.grad(plain_log_probabilities(logits, tokens).sum(), logits)[0]
    assert close(given[0, 1], 1.5 * plain[0, 1]) and not close(given[0, 0], plain[0, 0]) and close(given[0, 2], plain[0, 2])


def test_by_default_three_candidates_share_a_hundredth():
    logits = torch.tensor([[OPEN, SURE]], dtype=torch.float64, requires_grad=True)
    own, _ = log_probs(logits, torch.tensor([[4, 0]]), torch.ones(1, 2), torch.tensor([1.0]))
    given = torch.autograd.grad(own[0, 0], logits)[0][0, 0]
    share = 0.01 / 3
    target = torch.tensor([share, share, share, 0, 0.99], dtype=torch.float64)
    assert close(given, target - torch.tensor(OPEN, dtype=torch.float64).softmax(-1)), given


def test_without_a_gate_or_an_advantage_it_is_the_plain_log_probability():
    for advantage, settings in [(0.0, SETTINGS), (1.0, {**SETTINGS, "quantile": 1.0}), (1.0, {**SETTINGS, "alpha": 0.0})]:
        logits = torch.tensor([[OPEN, SURE]], dtype=torch.float64, requires_grad=True)
        own, _ = log_probs(logits, torch.tensor([[1, 0]]), torch.ones(1, 2), torch.tensor([advantage]), **settings)
        plain = logits.log_softmax(-1).gather(-1, torch.tensor([[[1], [0]]])).squeeze(-1)
        assert torch.equal(own, plain) or close(own, plain.detach())
        given = torch.autograd.grad(own.sum(), logits, retain_graph=True)[0]
        assert close(given, torch.autograd.grad(plain.sum(), logits)[0])
    # An answer without tokens, as a batch may hold one: nothing is gated, and nothing is NaN.
    logits = torch.randn(1, 2, 5, requires_grad=True)
    tokens = torch.tensor([[1, 0]])
    own, _ = log_probs(logits, tokens, torch.zeros(1, 2), torch.tensor([1.0]), alpha=0.5)
    given = torch.autograd.grad(own.sum(), logits)[0]
    assert torch.allclose(given, torch.autograd.grad(plain_log_probabilities(logits, tokens).sum(), logits)[0], atol=1e-6)


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print(name)
