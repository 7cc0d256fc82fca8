"""Environments with the peers, below the target folder."""

import os
import subprocess
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")


def python_with(requirements, *options):
    """The Python of an environment with these requirements, made where it is missing or outdated."""
    requirements = HERE / requirements
    folder = TARGET / f"peers-venv-{requirements.stem}"
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        venv.create(folder, with_pip=True, clear=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options, "--require-hashes", "-r"]
        subprocess.run([python, *install, requirements], check=True)
        stamp.write_text(requirements.read_text())
    return python
