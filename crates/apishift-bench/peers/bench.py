"""Compares with griffe on releases of real libraries: times, interleaved in one run, and findings.

Run by `just bench-peers`, which builds our side first. Everything that is needed is made below the target folder and
`data/cache`; results go to `data/build/bench-peers`: `results.json`, `report.md`.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import report
from environment import HERE, ROOT, TARGET, python_with


# Two consecutive minor releases each, the last patch of either.
PAIRS = ["scikit-learn>=1.2,<1.4", "pandas>=1.5,<2.1", "networkx>=2.8,<3.1", "sqlalchemy>=1.4,<2.1"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each contender and library (default: 5)")
    parser.add_argument("--no-findings", action="store_true", help="only the times")
    parser.add_argument("--no-times", action="store_true", help="only the findings")
    return parser.parse_args()


def run(command, **environment):
    """The JSON value that a command prints."""
    shown = " ".join(str(part) for part in command)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(f"bench-peers: `{shown}` failed with status {done.returncode}")
    return json.loads(done.stdout)


def contenders(ours, python, plan, parses):
    """Name, command and environment of each measurement, in the order in which a round takes them."""
    one, two = {"RAYON_NUM_THREADS": "1"}, {"RAYON_NUM_THREADS": "2"}
    return [
        ("griffe", [python, HERE / "griffe_run.py", plan], {}),
        ("apishift, 1 thread", [ours, "measure", plan], one),
        ("apishift, 2 threads", [ours, "measure", plan], two),
        ("apishift, 1 thread, parse cache", [ours, "measure", plan, parses], one),
    ]


def times(ours, python, plan, rounds):
    """Every measurement of a pair, by contender."""
    parses = plan.with_suffix(".redb")
    parses.unlink(missing_ok=True)
    run([ours, "measure", plan, parses])
    taken = {}
    for _ in range(rounds):
        for name, command, environment in contenders(ours, python, plan, parses):
            taken.setdefault(name, []).append(run(command, **environment))
    return taken


def medians(taken):
    """Median seconds of each contender for each part that it measures."""

    def median(measurements, part, clock):
        return statistics.median(m[part][clock] for m in measurements)

    return {
        name: {
            part: {clock: median(found, part, clock) for clock in ("wall", "cpu")}
            for part in ("load", "total", "mine")
            if part in found[0]
        }
        for name, found in taken.items()
    }


def machine(python):
    """What the figures depend on."""
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    query = (
        "import json, platform, importlib.metadata as installed; "
        "print(json.dumps([installed.version('griffe'), platform.python_version()]))"
    )
    griffe, version = run([python, "-c", query])
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return {
        "commit": commit.stdout.strip(),
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "griffe": griffe,
        "python": version,
    }


def main():
    options = arguments()
    ours, out = TARGET / "release" / "examples" / "peers", ROOT / "data" / "build" / "bench-peers"
    out.mkdir(parents=True, exist_ok=True)
    python = python_with("requirements.txt")
    plans = [Path(plan) for plan in run([ours, "prepare", ROOT / "data" / "cache", out / "releases", *PAIRS])]
    results = {"machine": machine(python), "rounds": options.rounds, "libraries": []}
    for path in plans:
        plan = json.loads(path.read_text())
        entry = {"name": plan["project"]["name"], "plan": plan}
        entry["versions"] = [release["version"] for release in plan["project"]["releases"]]
        if not options.no_times:
            entry["measurements"] = times(ours, python, path, options.rounds)
            entry["medians"] = medians(entry["measurements"])
        if not options.no_findings:
            findings = path.with_suffix(".findings.json")
            findings.write_text(json.dumps(run([ours, "findings", path])))
            entry["differences"] = run([python, HERE / "compare.py", path, findings])
        results["libraries"].append(entry)
        (out / "results.json").write_text(json.dumps(results, indent=1))
    text = report.markdown(results)
    (out / "report.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
