"""SkyRL's gym with our environment, on a row of `apishift export --to skyrl`.

    with_skyrl.py FOLDER
"""

import sys

import skyrl_gym
from datasets import load_dataset

import apishift.skyrl  # noqa: F401, which registers the environment


def main(folder):
    row = load_dataset(folder, split="train")[0]
    environment = skyrl_gym.make(row["env_class"], extras={"reward_spec": row["reward_spec"]})
    prompt, _ = environment.init(row["prompt"])
    assert prompt[0]["role"] == "user"
    step = environment.step(f"why</think><answer>\n```python\n{row['answer'].strip()}\n```\n</answer>")
    assert step["reward"] == 3.0 and step["done"], step
    print("SkyRL makes the environment by its name, and steps in it")


if __name__ == "__main__":
    main(sys.argv[1])
