"""ES* of pairs of a dataset: apishift against ReCode's released code and against Python's rapidfuzz with `ast.parse`.

    rewards_run.py DATASET --recode reward.py [--pairs 20000] [--recode-pairs 500] [--rounds 3]

`--recode` is `reward.py` of ReCode's repository (zjunlp/ReCode, src/GRPO/reward.py), which is read and not kept here. All get the
same completions, take the code out of them, normalise, parse and compare; the peer with rapidfuzz takes comments out by Python's
own `tokenize`. What the released code gives is compared with the preset `recode`, to the bit. Writes
data/build/bench-rewards/report.md. Run by `rewards.py`.
"""

import argparse
import ast
import importlib.util
import io
import multiprocessing
import random
import re
import statistics
import time
import tokenize
import warnings
from pathlib import Path

import pyarrow.dataset
from rapidfuzz.distance import Levenshtein

import apishift

OUT = Path("data/build/bench-rewards")


def pairs_of(dataset, count):
    """Completions with their targets: each target with its own new and old code, with codes of other rows, and with slips."""
    rows = pyarrow.dataset.dataset(f"{dataset}/data", format="parquet").to_table(["old_code", "new_code"]).to_pylist()
    draw = random.Random(0)
    pairs = []
    while len(pairs) < count:
        row = rows[len(pairs) % len(rows)]
        kind = draw.random()
        if kind < 0.2:
            code = row["new_code"]
        elif kind < 0.5:
            code = row["old_code"]
        elif kind < 0.7:
            code = draw.choice(rows)["new_code"]
        else:
            at = draw.randrange(len(row["new_code"]))
            code = row["new_code"][:at] + draw.choice(["x", " ", "(", "# don't\n", ""]) + row["new_code"][at + 1 :]
        text = f"It was changed.</think>\n<answer>\n```python\n{code.strip()}\n```\n</answer>"
        pairs.append((text, row["new_code"]))
    return pairs


def load(path):
    spec = importlib.util.spec_from_file_location("recode_reward", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FENCED = re.compile(r"```python\n(.*?)\n```", re.DOTALL)


def without_comments(code):
    """As a person would write it with the standard library."""
    lines = code.splitlines(keepends=True)
    try:
        for token in reversed(list(tokenize.generate_tokens(io.StringIO(code).readline))):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                end = "\n" if lines[row - 1].endswith("\n") else ""
                lines[row - 1] = lines[row - 1][:column].rstrip() + end
    except (tokenize.TokenError, SyntaxError):
        pass
    return "".join(line for line in lines if line.strip()).strip()


def rapidfuzz_es_star(pair, normalised=without_comments):
    completion, target = pair
    found = FENCED.findall(completion)
    if not found:
        return -2.0
    code = normalised(found[-1])
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return -2.0
    return Levenshtein.normalized_similarity(code, normalised(target)) * 3.5 - 1.5


def only_stripped(code):
    """The least that can be done: comments stay."""
    return code.strip()


def per_second(work, count, rounds):
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return count / statistics.median(took)


def main():
    warnings.simplefilter("ignore", SyntaxWarning)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("--recode", required=True)
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--recode-pairs", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    recode = load(options.recode)
    pairs = pairs_of(options.dataset, options.pairs)
    completions, targets = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    es_star = {"weights": {"es_star": 1.0}}
    ours = apishift.Rewards(es_star)
    released = apishift.Rewards(es_star | {"faults": ["block-anywhere", "strict-fence", "parse-first", "quote-in-comment",
                                                      "placeholder-prefix", "trailing-space", "blank-line-in-string"]})

    few = slice(0, options.recode_pairs)
    wanted = recode.es_star(completions[few], targets[few])
    given = released.totals(completions[few], targets[few])
    differ = [place for place, (one, other) in enumerate(zip(wanted, given)) if one != other]
    wanted = [rapidfuzz_es_star(pair) for pair in pairs]
    given = ours.totals(completions, targets)
    differ_fuzz = [place for place, (one, other) in enumerate(zip(wanted, given)) if abs(one - other) > 1e-9]

    speeds = {
        "ReCode, released": per_second(lambda: recode.es_star(completions[few], targets[few]), options.recode_pairs, 1),
        "rapidfuzz + ast.parse, one core": per_second(
            lambda: [rapidfuzz_es_star(pair) for pair in pairs], len(pairs), options.rounds
        ),
        "rapidfuzz + ast.parse, comments left in, one core": per_second(
            lambda: [rapidfuzz_es_star(pair, only_stripped) for pair in pairs], len(pairs), options.rounds
        ),
        "apishift, one core": per_second(lambda: ours.totals(completions, targets, 1), len(pairs), options.rounds),
        "apishift, two cores": per_second(lambda: ours.totals(completions, targets, 2), len(pairs), options.rounds),
        "apishift with `recode`'s faults, one core": per_second(
            lambda: released.totals(completions, targets, 1), len(pairs), options.rounds
        ),
    }
    with multiprocessing.Pool(2) as pool:
        speeds["rapidfuzz + ast.parse, comments left in, two cores"] = per_second(
            lambda: pool.starmap(rapidfuzz_es_star, [(pair, only_stripped) for pair in pairs], chunksize=500),
            len(pairs), options.rounds,
        )
        speeds["rapidfuzz + ast.parse, two cores"] = per_second(
            lambda: pool.map(rapidfuzz_es_star, pairs, chunksize=500), len(pairs), options.rounds
        )
    mean = statistics.mean(len(text) for text in completions)
    lines = [
        f"{len(pairs)} pairs, {mean:.0f} characters a completion on average; ReCode's code on the first {options.recode_pairs}.",
        f"Of these, the preset `recode` differs from the released code on {len(differ)}"
        + (f": {differ[:10]}" if differ else "") + ".",
        f"Of all, the corrected ES* differs from rapidfuzz's on {len(differ_fuzz)}"
        + (f": {differ_fuzz[:10]}" if differ_fuzz else "") + ".",
        "",
        "| | pairs a second | times ReCode's |",
        "| --- | --- | --- |",
    ]
    slowest = speeds["ReCode, released"]
    lines += [f"| {name} | {speed:,.1f} | {speed / slowest:,.0f} |" for name, speed in sorted(speeds.items(), key=lambda s: s[1])]
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "report.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
