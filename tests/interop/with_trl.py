"""TRL itself on what `apishift export` writes, by the code of the README: `GRPOTrainer` with our rewards, `SimkoTrainer`, and
`RewardTrainer` on our pairs.

    with_trl.py PROMPTS PAIRS APISHIFT DATASET   # folders of `export --to trl` and `--to preference`, the binary, what was exported
"""

import json
import subprocess
import sys
import tempfile

import torch
from datasets import load_dataset
from trl import GRPOConfig, RewardConfig

import tiny

STEPS = 3
SETTINGS = {
    "max_steps": STEPS, "per_device_train_batch_size": 4, "logging_steps": 1, "report_to": [], "use_cpu": True,
    "save_strategy": "no", "bf16": False,
}


def grpo(folder, tokenizer, out):
    model = tiny.policy(tokenizer)
    args = GRPOConfig(output_dir=out, num_generations=4, max_completion_length=16, **SETTINGS)

    from datasets import load_dataset
    from trl import GRPOTrainer
    from apishift.trl import es_star, format_reward, new_api

    dataset = load_dataset(folder)
    rewards = [format_reward, es_star, new_api]
    trainer = GRPOTrainer(model, rewards, args, dataset["train"], processing_class=tokenizer)
    trainer.train()

    logged = [entry for entry in trainer.state.log_history if "rewards/es_star/mean" in entry]
    assert len(logged) == STEPS, trainer.state.log_history
    # A model that says nothing of use: no answer, so no code.
    assert all(entry["rewards/es_star/mean"] == -2.0 and entry["rewards/format_reward/mean"] == -1.0 for entry in logged)


def simko(folder, tokenizer, out):
    """With SimKO's share at 0 its steps are GRPO's own; with a share they are not."""
    dataset = load_dataset(folder)
    length = [lambda completions, **_: [float(len(one[0]["content"])) for one in completions]]

    def trained(settings):
        torch.manual_seed(1)
        model, args = tiny.policy(tokenizer), GRPOConfig(
            output_dir=out, num_generations=4, max_completion_length=16, learning_rate=0.1, seed=1, **SETTINGS
        )
        rewards = length

        from apishift.simko_trl import SimkoTrainer
        from trl import GRPOTrainer

        if settings is None:
            trainer = GRPOTrainer(model, rewards, args, dataset["train"], processing_class=tokenizer)
        else:
            simko = {"alpha": 0.01, "candidates": 3, "quantile": 0.8, "penalty": 1.1}
            simko |= settings
            trainer = SimkoTrainer(model, rewards, args, dataset["train"], processing_class=tokenizer, simko=simko)
        trainer.train()
        return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])

    plain, same, other = (
        trained(settings) for settings in (None, {"alpha": 0.0, "penalty": 1.0}, {"alpha": 0.5})
    )
    assert torch.allclose(plain, same, atol=1e-4), (plain - same).abs().max()
    assert other.isfinite().all() and (plain - other).abs().max() > 1e-3


def pairs(folder, tokenizer, out):
    model = tiny.scorer(tokenizer)
    args = RewardConfig(output_dir=out, max_length=4096, **SETTINGS)

    from datasets import load_dataset
    from trl import RewardTrainer

    dataset = load_dataset(folder)
    trainer = RewardTrainer(model, args, train_dataset=dataset["train"], processing_class=tokenizer)
    trainer.train()

    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == STEPS and all(0.0 < loss < 5.0 for loss in losses), losses


def lengths(folder, tokenizer, out, binary, source):
    """Prompts have as many tokens as `--tokenizer` says, which is as many as trainers count."""
    tokenizer.save_pretrained(out)
    dataset = load_dataset(folder)
    prompts = [prompt for part in dataset.values() for prompt in part["prompt"]]
    counted = sorted(
        len(tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=False)) for prompt in prompts
    )
    told = subprocess.run(
        [binary, "export", source, "--to", "prompts", "--out", f"{out}/export", "--tokenizer", out, "--format", "json"],
        check=True, capture_output=True, text=True,
    )
    told = json.loads(told.stdout)["tokens"]["prompts"]
    wanted = {"min": counted[0], "max": counted[-1], "median": counted[(len(counted) + 1) // 2 - 1]}
    assert wanted.items() <= told.items(), (wanted, told)


if __name__ == "__main__":
    torch.manual_seed(0)
    for work in (grpo, simko):
        with tempfile.TemporaryDirectory() as scratch:
            work(sys.argv[1], tiny.tokenizer(), scratch)
    with tempfile.TemporaryDirectory() as scratch:
        pairs(sys.argv[2], tiny.tokenizer(), scratch)
    with tempfile.TemporaryDirectory() as scratch:
        lengths(sys.argv[1], tiny.tokenizer(), scratch, sys.argv[3], sys.argv[4])
    print("TRL reads the prompts and the pairs, our rewards reward, SimKO's gradients train, and prompts are as long as we say")
