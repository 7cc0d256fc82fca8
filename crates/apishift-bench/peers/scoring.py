"""Measures `apishift score` against `transformers` on the same model, conversations, precision and threads.

    python3 scoring.py MODEL CANDIDATES --python PYTHON

CANDIDATES: a table `candidates` (Parquet). PYTHON: one with torch, transformers and pyarrow. Both sides are timed without loading the model,
with everything else: templates, tokens, computing. `transformers` gets conversations sorted by length, filled up on the right, in batches of
a budget of tokens. Writes data/build/bench-scoring/report.md and report.json.
"""

import argparse
import json
import statistics
import subprocess
from pathlib import Path

PEER = """
import json, sys, time
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

model, path, precision, threads, budget = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
torch.set_num_threads(threads)
kind = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
tokenizer = AutoTokenizer.from_pretrained(model)
network = AutoModelForSequenceClassification.from_pretrained(model, dtype=kind, attn_implementation="sdpa").eval()
rows = [json.loads(line) for line in open(path)]
start = time.perf_counter()
texts = [tokenizer.apply_chat_template(row["messages"], tokenize=False) for row in rows]
ids = tokenizer(texts, add_special_tokens=False)["input_ids"]
order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
scores, batch = [0.0] * len(ids), []


def flush():
    if not batch:
        return
    longest = max(len(ids[place]) for place in batch)
    filled = torch.full((len(batch), longest), network.config.pad_token_id)
    mask = torch.zeros((len(batch), longest), dtype=torch.long)
    for row, place in enumerate(batch):
        filled[row, : len(ids[place])] = torch.tensor(ids[place])
        mask[row, : len(ids[place])] = 1
    with torch.inference_mode():
        logits = network(input_ids=filled, attention_mask=mask).logits
    for place, score in zip(batch, logits[:, 0].float().tolist()):
        scores[place] = score
    batch.clear()


for place in order:
    if batch and (len(batch) + 1) * len(ids[place]) > budget:
        flush()
    batch.append(place)
flush()
print(json.dumps({"seconds": time.perf_counter() - start, "tokens": sum(map(len, ids)), "scores": scores}))
"""


def conversations(candidates: Path, python: str, count: int, folder: Path) -> Path:
    """The first `count` candidates, whole problems one after the other, as conversations."""
    path = folder / "conversations.jsonl"
    program = (
        "import json, sys, pyarrow.parquet as parquet\n"
        "table = parquet.read_table(sys.argv[1], columns=['prompt', 'answer']).slice(0, int(sys.argv[3])).to_pylist()\n"
        "turn = lambda role, content: {'role': role, 'content': content}\n"
        "rows = [{'messages': [turn('user', row['prompt']), turn('assistant', row['answer'])]} for row in table]\n"
        "open(sys.argv[2], 'w').writelines(json.dumps(row) + '\\n' for row in rows)\n"
    )
    subprocess.run([python, "-c", program, candidates, path, str(count)], check=True)
    return path


def ours(binary: Path, model: Path, path: Path, precision: str, threads: int, folder: Path) -> dict:
    out = folder / "scores.jsonl"
    command = [binary, "--jobs", str(threads), "--quiet", "score", path, "--model", model, "--out", out]
    command += ["--precision", precision, "--device", "cpu", "--format", "json"]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    said["scores"] = [json.loads(line)["score"] for line in out.read_text().splitlines()]
    return said


def peer(python: str, model: Path, path: Path, precision: str, threads: int, budget: int) -> dict:
    command = [python, "-c", PEER, model, path, precision, str(threads), str(budget)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("candidates", type=Path)
    parser.add_argument("--python", default="python3", help="one with torch, transformers and pyarrow")
    parser.add_argument("--binary", type=Path, default=Path("target/release/apishift"))
    parser.add_argument("--programs", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--budget", type=int, default=4096, help="tokens of a batch of transformers, padding included")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16"])
    parser.add_argument("--out", type=Path, default=Path("data/build/bench-scoring"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    path = conversations(args.candidates, args.python, args.programs, args.out)
    results = []
    for precision in args.precisions:
        rounds = []
        for number in range(args.rounds):
            mine = lambda: ours(args.binary, args.model, path, precision, args.threads, args.out)
            theirs = lambda: peer(args.python, args.model, path, precision, args.threads, args.budget)
            # In turns, so that neither always has the warmer or the busier machine.
            pair = (mine(), theirs()) if number % 2 == 0 else (theirs(), mine())[::-1]
            rounds.append(pair)
        ratios = [theirs["seconds"] / mine["seconds"] for mine, theirs in rounds]
        mine, theirs = rounds[-1]
        far = max(abs(one - other) for one, other in zip(mine["scores"], theirs["scores"]))
        results.append(
            {
                "precision": precision,
                "programs": len(mine["scores"]),
                "tokens": mine["tokens"],
                "ratios": ratios,
                "ratio": statistics.median(ratios),
                "programs_per_second": len(mine["scores"]) / statistics.median(one["seconds"] for one, _ in rounds),
                "programs_per_second_of_transformers": len(mine["scores"])
                / statistics.median(one["seconds"] for _, one in rounds),
                "largest_difference": far,
            }
        )
    (args.out / "report.json").write_text(json.dumps({"threads": args.threads, "results": results}, indent=2) + "\n")
    lines = [
        f"# Scoring beside transformers ({args.threads} threads)",
        "",
        "| precision | programs | tokens | a second | transformers | ratio (each round) | largest difference |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in results:
        each = ", ".join(f"{ratio:.2f}" for ratio in one["ratios"])
        lines.append(
            f"| {one['precision']} | {one['programs']} | {one['tokens']} | {one['programs_per_second']:.2f} | "
            f"{one['programs_per_second_of_transformers']:.2f} | {one['ratio']:.2f} ({each}) | {one['largest_difference']:.1e} |"
        )
    text = "\n".join(lines) + "\n"
    (args.out / "report.md").write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main()
