"""Measures a whole pipeline: lines per second and peak memory, with an empty parse cache and with a full one.

Run by `just bench-pipeline`, which builds the binary first. The releases have to be there already (run the pipeline once):
what is measured reads no network. Results go to `data/build/bench-pipeline/report.md`.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from environment import ROOT, TARGET
from report import table

CACHE = ROOT / "data" / "cache"
OUT = ROOT / "data" / "build" / "bench-pipeline"

# What the stages read of a release: sources, stubs and documents.
ENDINGS = (".py", ".pyi", ".rst", ".md", ".txt", ".ipynb")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", default="pipelines/api-updates.toml", help="pipeline file (default: %(default)s)")
    parser.add_argument("--jobs", default="2", help="threads (default: %(default)s)")
    return parser.parse_args()


def cache_without_parses():
    """A cache folder with the same downloads and repositories, and no parses."""
    folder = OUT / "cache"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("downloads", "listings", "repos"):
        (folder / name).symlink_to(CACHE / name)
    return folder


def run(binary, options, cache):
    """Runs the pipeline into an empty folder: its wall seconds and its journal."""
    folder = OUT / "run"
    shutil.rmtree(folder, ignore_errors=True)
    command = [binary, "run", options.pipeline, "--jobs", options.jobs, "--offline", "--quiet"]
    start = time.perf_counter()
    done = subprocess.run([*command, "--cache-dir", cache, "--out", folder], cwd=ROOT)
    if done.returncode != 0:
        sys.exit(f"bench-pipeline: the run failed with status {done.returncode}; run the pipeline once to fetch its releases")
    wall = time.perf_counter() - start
    return wall, json.loads((folder / "journal.json").read_text())


def repositories(folder):
    """Repositories of the projects that the run fetched."""
    units = json.loads((folder / "fetch" / "manifest.json").read_text())["units"]
    names = {unit["name"].rsplit("/", 1)[-1] for unit in units}
    return [path for path in (CACHE / "repos" / "pypi").iterdir() if path.name.removesuffix(".git") in names]


def lines_of(repository):
    """Lines of the files that are read, each distinct file once."""
    git = ["git", "-C", repository]
    listed = subprocess.run([*git, "rev-list", "--objects", "--all"], stdout=subprocess.PIPE, check=True, text=True)
    entries = (line.split(" ", 1) for line in listed.stdout.splitlines())
    blobs = [entry[0] for entry in entries if len(entry) == 2 and entry[1].endswith(ENDINGS)]
    reader = subprocess.Popen([*git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    lines = 0
    for blob in blobs:
        reader.stdin.write(blob.encode() + b"\n")
        reader.stdin.flush()
        size = int(reader.stdout.readline().split()[2])
        lines += reader.stdout.read(size + 1).count(b"\n")
    reader.stdin.close()
    reader.wait()
    return lines


def rows(measured, lines):
    for name, (wall, journal) in measured.items():
        stages = ", ".join(f"{stage} {seconds:.0f}" for stage, seconds in journal["seconds"].items())
        yield [name, f"{wall:.0f}", stages, f"{lines / wall:,.0f}", max(journal["peak-mib"].values())]


def main():
    options = arguments()
    binary = TARGET / "release" / "apishift"
    OUT.mkdir(parents=True, exist_ok=True)
    cache = cache_without_parses()
    measured = {name: run(binary, options, cache) for name in ("cold", "parse cache warm")}
    found = repositories(OUT / "run")
    lines = sum(lines_of(path) for path in found)
    header = ["run", "wall s", "stages, s", "lines/s", "peak, MiB"]
    text = f"{options.pipeline}, {options.jobs} threads: {len(found)} projects, {lines:,} distinct lines.\n\n"
    text += table(header, rows(measured, lines))
    (OUT / "report.md").write_text(text)
    print(text)
    shutil.rmtree(cache)


if __name__ == "__main__":
    main()
