"""Measures griffe once, in a process of its own: `griffe_run.py PLAN` prints one JSON value.

What `griffe check` does between two releases: load each with its aliases resolved, then look for breaking changes.
Starting Python and importing griffe are not in the times.
"""

import gc
import json
import sys
import time
from pathlib import Path

import griffe


def load_release(import_name, folder):
    """One release, with the settings of `griffe check`; inspection imports compiled modules, and there are none."""
    return griffe.load(
        import_name,
        search_paths=[folder],
        try_relative_path=False,
        allow_inspection=False,
        resolve_aliases=True,
        resolve_external=None,
    )


class Stopwatch:
    """Wall and CPU seconds since it was made."""

    def __init__(self):
        self.cpu, self.wall = time.process_time(), time.perf_counter()

    def elapsed(self):
        return {"wall": time.perf_counter() - self.wall, "cpu": time.process_time() - self.cpu}


def measure(plan):
    """Seconds of loading both releases, of all, and the number of findings."""
    import_name = plan["project"]["imports"][0]
    gc.collect()
    total = Stopwatch()
    old, new = (load_release(import_name, folder) for folder in plan["folders"])
    load = total.elapsed()
    findings = list(griffe.find_breaking_changes(old, new))
    return {"total": total.elapsed(), "load": load, "findings": len(findings)}


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(Path(sys.argv[1]).read_text()))))
