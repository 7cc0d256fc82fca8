"""The results as Markdown tables."""

NAMES = ["griffe", "apishift, 1 thread", "apishift, 2 threads", "apishift, 1 thread, parse cache"]


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def seconds(value):
    return f"{value:.2f}"


def span(entry):
    return f"{entry['name']} {' -> '.join(entry['versions'])}"


def lines_read(entry, name):
    """Lines that a contender parses: ours parses what both releases have unchanged once."""
    plan = entry["plan"]
    return plan["lines"] if name == "griffe" else plan["distinct_lines"]


def time_rows(libraries):
    """A row for each library and contender."""
    for entry in libraries:
        peer = entry["medians"]["griffe"]["total"]
        for name in NAMES:
            total, load = (entry["medians"][name][part] for part in ("total", "load"))
            speed = lines_read(entry, name) / total["wall"] if "cache" not in name else None
            mine = entry["medians"][name].get("mine")
            yield [
                span(entry),
                name,
                seconds(load["wall"]),
                seconds(total["wall"]),
                seconds(total["cpu"]),
                f"{peer['wall'] / total['wall']:.1f}",
                f"{peer['cpu'] / total['cpu']:.1f}",
                f"{speed:,.0f}" if speed else "",
                seconds(mine["wall"]) if mine else "",
            ]


def times(results):
    """Times: `changes` is loading and finding what changed; `mine` reads changelogs and learns from calls besides."""
    header = ["releases", "tool", "load, wall s", "changes, wall s", "changes, CPU s", "faster, wall", "faster, CPU"]
    return table([*header, "lines/s", "`mine`, wall s"], time_rows(results["libraries"]))


def spread(results):
    """Smallest and largest wall seconds of all measurements."""

    def cell(measurements):
        walls = [m["total"]["wall"] for m in measurements]
        return f"{min(walls):.2f} to {max(walls):.2f}"

    rows = [[span(e), *(cell(e["measurements"][name]) for name in NAMES)] for e in results["libraries"]]
    return table(["releases", *NAMES], rows)


def sizes(results):
    plans = [(span(entry), entry["plan"]) for entry in results["libraries"]]
    rows = [[name, plan["files"], f"{plan['lines']:,}", f"{plan['distinct_lines']:,}"] for name, plan in plans]
    return table(["releases", "files", "lines", "of them distinct"], rows)


def agreement(results):
    """How many findings either tool has, and how many of them the other has too."""
    rows = []
    for entry in results["libraries"]:
        counts = entry["differences"]["counts"]
        rows.append([span(entry), *(counts[key] for key in ("theirs", "theirs_met", "ours", "ours_met"))])
    return table(["releases", "griffe's", "of them ours too", "ours", "of them griffe's too"], rows)


def reasons(results, side):
    """Why the findings of one tool are not the other's: counts by library, and a sentence."""
    libraries = results["libraries"]
    texts, counts = {}, {}
    for entry in libraries:
        for reason in entry["differences"][side]:
            texts[reason["key"]] = f"{reason['verdict']}: {reason['text']}"
            counts.setdefault(reason["key"], {})[entry["name"]] = reason["count"]
    ordered = sorted(counts, key=lambda key: -sum(counts[key].values()))
    rows = [[key, *(counts[key].get(e["name"], 0) for e in libraries), texts[key]] for key in ordered]
    return table(["reason", *(entry["name"] for entry in libraries), "who is right, and why"], rows)


def markdown(results):
    machine = results["machine"]
    parts = [
        f"Commit {machine['commit']}, griffe {machine['griffe']}, Python {machine['python']}, "
        f"{machine['cores']} cores of {machine['processor']}, medians of {results['rounds']} rounds.\n",
        sizes(results),
    ]
    if all("medians" in entry for entry in results["libraries"]):
        parts += [times(results), "Wall seconds, smallest and largest:\n", spread(results)]
    if all("differences" in entry for entry in results["libraries"]):
        parts += ["Findings:\n", agreement(results), "Griffe's that are not ours:\n", reasons(results, "theirs")]
        parts += ["Ours that are not griffe's:\n", reasons(results, "ours")]
    return "\n".join(parts)
