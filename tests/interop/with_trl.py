"""TRL itself on what `apishift export` writes: `GRPOTrainer` with our rewards, `RewardTrainer` on our pairs.

    with_trl.py PROMPTS PAIRS      # folders of `export --to trl` and `export --to preference`
"""

import sys
import tempfile

import torch
from datasets import load_dataset
from trl import GRPOConfig, GRPOTrainer, RewardConfig, RewardTrainer

import tiny
from apishift.trl import es_star, format_reward, new_api

STEPS = 3


def grpo(prompts, folder):
    tokens = tiny.tokenizer()
    dataset = load_dataset(prompts)
    settings = GRPOConfig(
        output_dir=folder, max_steps=STEPS, per_device_train_batch_size=4, num_generations=4, max_completion_length=16,
        logging_steps=1, report_to=[], use_cpu=True, save_strategy="no", bf16=False,
    )
    trainer = GRPOTrainer(
        model=tiny.policy(tokens), reward_funcs=[format_reward, es_star, new_api], args=settings,
        train_dataset=dataset["train"], processing_class=tokens,
    )
    trainer.train()
    logged = [entry for entry in trainer.state.log_history if "rewards/es_star/mean" in entry]
    assert len(logged) == STEPS, trainer.state.log_history
    # A model that says nothing of use: no answer, so no code.
    assert all(entry["rewards/es_star/mean"] == -2.0 and entry["rewards/format_reward/mean"] == -1.0 for entry in logged)


def rewards(pairs, folder):
    tokens = tiny.tokenizer()
    dataset = load_dataset(pairs)
    settings = RewardConfig(
        output_dir=folder, max_steps=STEPS, per_device_train_batch_size=4, max_length=4096, logging_steps=1, report_to=[],
        use_cpu=True, save_strategy="no", bf16=False,
    )
    trainer = RewardTrainer(model=tiny.scorer(tokens), args=settings, train_dataset=dataset["train"], processing_class=tokens)
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == STEPS and all(0.0 < loss < 5.0 for loss in losses), losses


if __name__ == "__main__":
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        grpo(sys.argv[1], folder)
        rewards(sys.argv[2], folder)
    print("TRL reads the prompts and the pairs, and our rewards reward")
