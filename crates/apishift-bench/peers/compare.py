"""Explains what one tool finds and the other does not: `compare.py PLAN FINDINGS` prints one JSON value.

Each difference gets the first reason of `reasons.py` that holds for it; what no reason explains is listed whole.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import findings
from reasons import OURS, THEIRS, Context

# How many of the differences of a reason are named in the results.
EXAMPLES = 8

UNEXPLAINED = "unexplained"


def name(finding):
    parameter = f"({finding.parameter})" if finding.parameter else ""
    return f"{finding.kind} {finding.symbol}{parameter}"


def explain(unmet, reasons, context):
    """Findings by the key of the reason that the other tool does not have them."""
    by_reason = {}
    for finding in unmet:
        reason = next((reason for reason in reasons if reason.holds(finding, context)), None)
        by_reason.setdefault(reason.key if reason else UNEXPLAINED, []).append(finding)
    texts = {reason.key: (reason.verdict, reason.text) for reason in reasons}
    texts[UNEXPLAINED] = ("open", "nobody has read these yet")
    return [
        {
            "key": key,
            "verdict": texts[key][0],
            "text": texts[key][1],
            "count": len(found),
            "findings": sorted({name(f) for f in found})[: None if key == UNEXPLAINED else EXAMPLES],
        }
        for key, found in sorted(by_reason.items())
    ]


def compare(plan, found):
    import_name = plan["project"]["imports"][0]
    releases = [findings.Release(import_name, folder) for folder in plan["folders"]]
    theirs = list(findings.theirs(releases))
    ours = list(findings.ours(found["rows"], releases))
    findings.match(theirs, ours)
    context = Context(releases, found, theirs, ours)
    return {
        "counts": {
            "theirs": len(theirs),
            "theirs_met": sum(f.met for f in theirs),
            "ours": len(ours),
            "ours_met": sum(f.met for f in ours),
        },
        "kinds": {"theirs": Counter(f.kind for f in theirs), "ours": Counter(f.kind for f in ours)},
        "theirs": explain([f for f in theirs if not f.met], THEIRS, context),
        "ours": explain([f for f in ours if not f.met], OURS, context),
    }


if __name__ == "__main__":
    plan_file, findings_file = (json.loads(Path(path).read_text()) for path in sys.argv[1:])
    print(json.dumps(compare(plan_file, findings_file)))
