"""OpenRLHF's datasets on what `apishift export` writes, and our reward function as its agent loads it, as the export's README.md
says.

    with_openrlhf.py PROMPTS PAIRS      # folders of `export --to openrlhf` and `export --to preference`
"""

import importlib.util
import sys
from pathlib import Path

import apishift
from datasets import load_dataset
from openrlhf.datasets.prompts_dataset import preprocess_data as prompt_and_label
from openrlhf.datasets.reward_dataset import preprocess_data as pair

import command
import tiny


def load(path):
    spec = importlib.util.spec_from_file_location("reward_func", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.reward_func


def main(prompts, pairs):
    tokens = tiny.tokenizer()
    options = command.options(prompts)
    row = load_dataset("parquet", data_files=options["--data.prompt_dataset"], split="train")[0]
    template = tokens.apply_chat_template if options["--data.apply_chat_template"] else None
    prompt, label = prompt_and_label(row, None, options["--data.input_key"], options["--data.label_key"], template)
    place = options["--reward.remote_url"].replace("PATH/OF/apishift", str(Path(apishift.__file__).parent))
    reward_func = load(place)
    answer = f"why</think><answer>\n```python\n{row['answer'].strip()}\n```\n</answer>"
    given = reward_func([f"{prompt}{answer}<|im_end|>", f"{prompt}No.<|im_end|>"], [prompt] * 2, [label] * 2)
    assert given["rewards"].tolist() == [3.0, -3.0] and given["scores"].tolist() == [1.0, 0.0], given
    row = load_dataset(pairs, split="train")[0]
    taken = pair(row, None, None, "chosen", "rejected", tokens.apply_chat_template, False)
    assert row["chosen"][1]["content"] in taken[1] and row["rejected"][1]["content"] in taken[2], taken
    print("OpenRLHF reads the prompts and the pairs, and our function rewards")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
