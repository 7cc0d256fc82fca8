"""verl itself on what `apishift export --to verl` writes: its dataset class, and its reward manager with our function, both as the
export's README.md says.

    with_verl.py FOLDER
"""

import sys
import tempfile
from pathlib import Path

import numpy
import torch
from omegaconf import OmegaConf
from verl import DataProto
from verl.experimental.reward_loop.reward_manager.naive import NaiveRewardManager
from verl.trainer.ppo.reward import get_custom_reward_fn
from verl.utils.dataset.rl_dataset import RLHFDataset

import command
import tiny


def dataset(config, tokens):
    """Both files; the other settings are those of verl's own configuration."""
    others = {"prompt_key": "prompt", "max_prompt_length": 4096, "return_raw_chat": True, "truncation": "error"}
    settings = OmegaConf.merge(config.data, others)
    files = [settings.train_files, settings.val_files]
    return RLHFDataset(files, tokens, settings)


def scored(manager, row, answer, tokens):
    """The reward of an answer, by way of the tokens that a rollout would hand over."""
    response = torch.tensor([tokens.encode(answer)])
    batch = {"responses": response, "attention_mask": torch.ones_like(response)}
    others = {name: numpy.array([row[name]], dtype=object) for name in ("data_source", "reward_model", "extra_info")}
    return manager.loop.run_until_complete(manager.run_single(DataProto.from_dict(tensors=batch, non_tensors=others)))


def main(folder):
    tokens = tiny.tokenizer()
    config = OmegaConf.from_dotlist([f"{name}={value}" for name, value in command.options(folder).items()])
    with tempfile.TemporaryDirectory() as cache:
        config.data.cache_dir = cache
        rows = dataset(config, tokens)
        assert len(rows) > 0 and rows[0]["raw_prompt"][0]["role"] == "user"
        row = rows[0]
    manager = NaiveRewardManager(config, tokens, get_custom_reward_fn(config))
    right = f"why</think><answer>\n```python\n{row['answer'].strip()}\n```\n</answer>"
    best, worst = scored(manager, row, right, tokens), scored(manager, row, "I do not know.", tokens)
    assert best["reward_score"] == 3.0 and worst["reward_score"] == -3.0, (best, worst)
    assert best["reward_extra_info"].keys() == worst["reward_extra_info"].keys() >= {"score", "format", "es_star"}
    # Right or wrong, as SimKO's released code and pass@k need it.
    config.reward.custom_reward_function.reward_kwargs = {"rewards": {"correct": {"ast_match": 1.0}}}
    manager = NaiveRewardManager(config, tokens, get_custom_reward_fn(config))
    assert [scored(manager, row, answer, tokens)["reward_score"] for answer in (right, "I do not know.")] == [1.0, 0.0]
    print("verl reads the prompts, and its manager gives our rewards")


if __name__ == "__main__":
    main(sys.argv[1])
