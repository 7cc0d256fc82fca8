"""Compares the syntax stage with `ast.parse`: verdicts on every file, and time, for the version of the interpreter that runs it.

Run by `just bench-syntax PATH...`, which builds our side first. A PATH is a folder with .py files, or a .jsonl file whose rows
have `program`, each of which becomes a file. Differences are printed, each with what either side says.
"""

import ast
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

from environment import TARGET

# Times that each side looks at every text.
ROUNDS = 3


def texts(paths, folder):
    """Paths of all texts that are UTF-8: what others are is a question of their bytes, not of their syntax."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(path.rglob("*.py"))
            continue
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                program = folder / f"{path.stem}-{number}.py"
                # Line ends stay as they are.
                program.write_bytes(json.loads(line)["program"].encode())
                yield program


def read(path):
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        return None


def parses(text):
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def main():
    paths = sys.argv[1:]
    if not paths:
        sys.exit("bench-syntax: name folders with .py files, or .jsonl files of programs")
    warnings.simplefilter("ignore")
    sys.set_int_max_str_digits(0) if hasattr(sys, "set_int_max_str_digits") else None
    with tempfile.TemporaryDirectory() as folder:
        every = [(path, text) for path in texts(paths, Path(folder)) if (text := read(path)) is not None]
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        names = "".join(f"{path}\n" for path, _ in every)
        done = subprocess.run([TARGET / "release" / "examples" / "syntax", version, str(ROUNDS)], input=names, capture_output=True, text=True, check=True)
        ours = [json.loads(line) for line in done.stdout.splitlines()]
        start = time.perf_counter()
        for _ in range(ROUNDS):
            theirs = [parses(text) for _, text in every]
        seconds = (time.perf_counter() - start) / ROUNDS
    unsure = sum(said["verdict"] == "unsure" for said in ours)
    differ = 0
    for said, error in zip(ours, theirs):
        if said["verdict"] != "unsure" and (said["verdict"] == "valid") != (error is None):
            differ += 1
            print(f"{said['path']}: here {said['verdict']} {said['why']}; CPython {error or 'valid'}")
    print(
        f"Python {version}: {len(every)} texts, {sum(len(text) for _, text in every) / 1e6:.1f} M characters; {differ} differ, "
        f"{unsure} left to CPython; {float(done.stderr):.2f} s against {seconds:.2f} s: "
        f"{seconds / float(done.stderr):.1f} times as fast"
    )


if __name__ == "__main__":
    main()
