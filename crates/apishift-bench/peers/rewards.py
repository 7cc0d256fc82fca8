"""Runs `rewards_run.py`, with the same arguments, where its packages are: below the target folder, with the wheel that is there.

Run by `just bench-rewards`, which builds the wheel first.
"""

import subprocess
import sys

from environment import HERE, TARGET, python_with


def main():
    python = python_with("requirements-rewards.txt")
    wheel = max((TARGET / "wheels").glob("apishift-*.whl"), key=lambda path: path.stat().st_mtime)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--force-reinstall", wheel]
    subprocess.run([python, *install], check=True)
    sys.exit(subprocess.run([python, HERE / "rewards_run.py", *sys.argv[1:]]).returncode)


if __name__ == "__main__":
    main()
