"""`transformers` on what `apishift model fetch smollm2-135m` writes: token ids, and the next token's log-probabilities.

    with_transformers.py FOLDER

The figures are those of the same file read by the package `gguf` and run by transformers 5.23 in 32 bits, before this project's own
import was written.
"""

import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

#: Texts with their tokens: digits alone, tabs, accents, another script, an emoji, line ends.
ENCODED = {
    "def add(a, b):\n    return": [1604, 803, 24, 81, 28, 278, 727, 472, 1003],
    "def f(x):\n    return x+12345\n": [1604, 275, 24, 104, 727, 472, 1003, 1792, 27, 33, 34, 35, 36, 37, 198],
    "  \t\tH\u00e9llo w\u00f6rld \u4e2d\u6587 \U0001f642\r\n\n\n x": [
        256, 197, 197, 56, 2756, 31394, 267, 29989, 400, 216, 28589, 29184, 47526, 201, 16506, 1792,
    ],
}
TOP = {253: -0.12702, 2822: -3.64456, 365: -4.72201, 278: -4.94228, 476: -5.10854}


def main(folder):
    tokens = AutoTokenizer.from_pretrained(folder)
    for text, ids in ENCODED.items():
        assert tokens.encode(text, add_special_tokens=False) == ids, text
        assert tokens.decode(ids) == text
    chat = tokens.apply_chat_template([{"role": "user", "content": "Hi"}], add_generation_prompt=True, tokenize=False)
    assert chat.endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"), chat
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        logits = model(torch.tensor([tokens.encode("def add(a, b):\n    return", add_special_tokens=False)])).logits[0, -1]
    top = logits.log_softmax(-1).topk(5)
    found = dict(zip(top.indices.tolist(), top.values.tolist(), strict=True))
    assert found.keys() == TOP.keys() and all(abs(found[token] - value) < 1e-4 for token, value in TOP.items()), found
    print("transformers loads the model, and it says what it should")


if __name__ == "__main__":
    main(sys.argv[1])
