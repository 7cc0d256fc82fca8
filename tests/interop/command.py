"""The command that an export's README.md gives for its trainer: what people are told is what is tried."""

import shlex
from pathlib import Path


def options(folder):
    """Its options by name: `name=value`, `--name value`, and `--name` alone, which is true. `DIR` is the folder."""
    _, guide = Path(folder, "README.md").read_text(encoding="utf-8").split("\n# For ", 1)
    lines = guide.splitlines()
    command = " ".join(line.strip().rstrip("\\") for line in lines if line.startswith("    "))
    words = shlex.split(command.replace("DIR/", f"{folder}/"))
    found = {}
    for place, word in enumerate(words):
        if word.startswith("--"):
            following = words[place + 1] if place + 1 < len(words) else "--"
            found[word] = True if following.startswith("--") else following
        elif "=" in word:
            name, value = word.split("=", 1)
            found[name] = value
    return found
