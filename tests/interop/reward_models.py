"""Reward models between `transformers`, TRL and `apishift`: made there and scored here, made here and used there, and the gradients of a
step beside PyTorch's own.

    reward_models.py APISHIFT GRADIENTS [MODEL]   # the binary with libtorch, its example `gradients`, a model that `train-rm` wrote
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from datasets import Dataset
from safetensors.torch import load_file
from transformers import (
    AutoModelForSequenceClassification, AutoTokenizer, LlamaConfig, LlamaForSequenceClassification, Qwen2Config,
    Qwen2ForSequenceClassification, Qwen3Config, Qwen3ForSequenceClassification,
)
from trl import GRPOConfig, GRPOTrainer, RewardConfig, RewardTrainer

import tiny

#: Of several lengths, two with one prompt.
PAIRS = [
    ("Add two numbers.", "def add(a, b):\n    return a + b\n", "def add(a, b):\n    return a - b\n"),
    ("Say nothing.", "pass", "print('something')"),
    ("Ten <|im_end|> times.", "x = 10 * [0]\n" * 20, "x = 10"),
]
SHAPES = {
    "llama": (LlamaConfig, LlamaForSequenceClassification, {}),
    "llama3": (
        LlamaConfig,
        LlamaForSequenceClassification,
        {
            "rope_parameters": {
                "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
            }
        },
    ),
    "qwen2": (Qwen2Config, Qwen2ForSequenceClassification, {}),
    "qwen3": (Qwen3Config, Qwen3ForSequenceClassification, {"head_dim": 16}),
}


def conversation(prompt, answer):
    return [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]


CONVERSATIONS = [conversation(prompt, answer) for prompt, *answers in PAIRS for answer in answers]


def theirs(folder, conversations=CONVERSATIONS, cut=None):
    """Scores by transformers, one at a time, of tokens that `cut` gives."""
    cut = cut or encoded
    tokens = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    assert model.config.num_labels == 1
    scores = []
    for one in conversations:
        ids = torch.tensor([cut(tokens, one)])
        with torch.no_grad():
            scores.append(model(ids).logits[0, 0].item())
    return scores


def encoded(tokens, turns):
    """Tokens of a conversation by the template of `tiny`, as we cut them: what is said writes no special token."""
    ids = []
    for turn in turns:
        ids += tokens.encode("<|im_start|>", add_special_tokens=False)
        ids += tokens.encode(f"{turn['role']}\n", add_special_tokens=False)
        ids += tokens.encode(turn["content"], add_special_tokens=False, split_special_tokens=True)
        ids += tokens.encode("<|im_end|>\n", add_special_tokens=False)
    return ids


def templated(tokens, turns):
    """As everybody cuts them: the text of the model's own template."""
    return tokens(tokens.apply_chat_template(turns, tokenize=False), add_special_tokens=False)["input_ids"]


def ours(binary, folder, conversations=CONVERSATIONS):
    with tempfile.TemporaryDirectory() as scratch:
        rows, out = Path(scratch, "rows.jsonl"), Path(scratch, "scores.jsonl")
        rows.write_text("".join(json.dumps({"messages": one}) + "\n" for one in conversations), encoding="utf-8")
        command = [binary, "score", rows, "--model", folder, "--out", out, "--precision", "fp32", "--device", "cpu"]
        subprocess.run(command, check=True, capture_output=True)
        return [json.loads(line)["score"] for line in out.read_text(encoding="utf-8").splitlines()]


def made(tokens, shape, folder):
    """A model with weights drawn wide enough for differences to show."""
    config, network, more = SHAPES[shape]
    torch.manual_seed(3)
    model = network(
        config(
            vocab_size=len(tokens), hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=512, pad_token_id=tokens.pad_token_id,
            eos_token_id=tokens.eos_token_id, num_labels=1, initializer_range=0.2, **more,
        )
    )
    model.save_pretrained(folder)
    tokens.save_pretrained(folder)
    return model


def far(one, other):
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def parity(binary, gradients):
    tokens = tiny.tokenizer()
    for shape in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            model = made(tokens, shape, folder)
            found = far(theirs(folder), ours(binary, folder))
            assert found < 1e-4, (shape, found)
            prompt, chosen, rejected = PAIRS[0]
            out = Path(folder, "gradients.safetensors")
            command = [gradients, folder, prompt, chosen, rejected, out]
            loss = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            pair = [torch.tensor([encoded(tokens, conversation(prompt, answer))]) for answer in (chosen, rejected)]
            scores = [model(ids).logits[0, 0] for ids in pair]
            own = -torch.nn.functional.logsigmoid(scores[0] - scores[1])
            own.backward()
            assert abs(own.item() - loss) < 1e-5, (shape, own.item(), loss)
            named, worst = dict(model.named_parameters()), 0.0
            for name, gradient in load_file(out).items():
                # Relative to the largest: gradients of a wide layer are not of the size of those of a norm.
                scale = max(named[name].grad.abs().max().item(), 1.0)
                worst = max(worst, (named[name].grad - gradient).abs().max().item() / scale)
            assert worst < 1e-5, (shape, worst)
            assert load_file(out).keys() == {name for name in named if "embed_tokens" not in name}
            print(f"{shape}: scores within {found:.1e}, gradients within {worst:.1e}")


def trained_by_trl(binary):
    tokens = tiny.tokenizer()
    rows = [
        {"chosen": conversation(prompt, chosen), "rejected": conversation(prompt, rejected)}
        for prompt, chosen, rejected in PAIRS
    ]
    with tempfile.TemporaryDirectory() as folder:
        args = RewardConfig(
            output_dir=folder, max_steps=3, per_device_train_batch_size=2, report_to=[], use_cpu=True, save_strategy="no",
            bf16=False, learning_rate=1e-2,
        )
        trainer = RewardTrainer(tiny.scorer(tokens), args, train_dataset=Dataset.from_list(rows), processing_class=tokens)
        trainer.train()
        trainer.save_model(folder)
        found = far(theirs(folder), ours(binary, folder))
        assert found < 1e-4, found
        print(f"a model that TRL trained: within {found:.1e}")


def rewards_of_grpo(model):
    """TRL's `GRPOTrainer` with the folder of `train-rm` as its reward."""
    tokens = tiny.tokenizer()
    prompts = Dataset.from_list([{"prompt": [{"role": "user", "content": prompt}]} for prompt, *_ in PAIRS] * 4)
    with tempfile.TemporaryDirectory() as folder:
        args = GRPOConfig(
            output_dir=folder, max_steps=2, per_device_train_batch_size=2, num_generations=2, max_completion_length=8,
            report_to=[], use_cpu=True, save_strategy="no", bf16=False, logging_steps=1,
        )
        trainer = GRPOTrainer(tiny.policy(tokens), str(model), args, prompts, processing_class=tokens)
        trainer.train()
        logged = [entry for entry in trainer.state.log_history if any("rewards/" in key for key in entry)]
        assert len(logged) == 2, trainer.state.log_history
    golden = json.loads(Path(model, "golden.json").read_text(encoding="utf-8"))
    found = far(theirs(model, [one["messages"] for one in golden], templated), [one["score"] for one in golden])
    assert found < 1e-4, found
    print(f"GRPOTrainer takes {model}; transformers gives its golden scores within {found:.1e}")


def main(binary, gradients, model=None):
    parity(binary, gradients)
    trained_by_trl(binary)
    if model:
        rewards_of_grpo(model)


if __name__ == "__main__":
    main(*sys.argv[1:])
