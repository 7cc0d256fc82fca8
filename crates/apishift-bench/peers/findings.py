"""Findings of both tools in one form: what changed, of which parameter, at which places."""

from dataclasses import dataclass, field
from functools import lru_cache

import griffe

from griffe_run import load_release

# What their kinds are in the common form; `None`: a kind that we have no row for.
THEIRS = {
    "OBJECT_REMOVED": "removed",
    "OBJECT_CHANGED_KIND": None,
    "PARAMETER_REMOVED": "parameter gone",
    "PARAMETER_CHANGED_KIND": "keyword-only",
    "PARAMETER_CHANGED_DEFAULT": "default",
    "PARAMETER_CHANGED_REQUIRED": "default",
    "PARAMETER_ADDED_REQUIRED": "parameter added",
    "PARAMETER_MOVED": None,
    "RETURN_CHANGED_TYPE": None,
    "CLASS_REMOVED_BASE": None,
}

# What our kinds are in the common form, the likeliest first. A parameter that is deprecated by another default, or that
# only a decorator takes any more, is what they call a changed default or a removed parameter.
OURS = {
    "removed": ["removed"],
    "renamed": ["removed"],
    "moved": ["removed"],
    "parameter_removed": ["parameter gone"],
    "parameter_renamed": ["parameter gone"],
    "parameter_keyword_only": ["keyword-only"],
    "default_changed": ["default"],
    "parameter_added": ["parameter added"],
    "deprecated": ["deprecated", "default", "parameter gone", "keyword-only", "removed"],
    "behaviour_noted": ["behaviour", "default", "keyword-only"],
}

VARIADIC = (griffe.ParameterKind.var_positional, griffe.ParameterKind.var_keyword)

CONSTRUCTORS = ("__init__", "__new__")


@dataclass
class Finding:
    """One finding of one tool."""

    kind: str
    whats: list
    parameter: str | None
    symbol: str
    places: set
    source: object = field(repr=False)
    old: str | None = None
    new: str | None = None
    met: bool = False


class Release:
    """A release as griffe loads it."""

    def __init__(self, import_name, folder):
        self.package = load_release(import_name, folder)
        self.members = lru_cache(maxsize=None)(self._members)
        self.find = lru_cache(maxsize=None)(self._find)

    def _members(self, path):
        node = self.package.modules_collection[path]
        return dict(node.all_members)

    def _find(self, dotted):
        """The definition that a dotted path leads to; `None` where griffe finds none."""
        node = self.package
        for part in dotted.split(".")[1:]:
            try:
                node = self.members(node.canonical_path)[part]
                node = node.final_target if node.is_alias else node
            except (KeyError, griffe.GriffeError):
                return None
        return node

    def canonical(self, dotted):
        """The path of the definition itself; `None` where griffe finds none."""
        node = self.find(dotted)
        return node.canonical_path if node is not None else None

    def is_alias(self, dotted):
        """Whether a path leads to an import or to an inherited member, and not to a definition; `None`: nowhere."""
        owner, _, name = dotted.rpartition(".")
        node = self.find(owner) if owner else None
        if node is None:
            return None
        try:
            return self.members(node.canonical_path)[name].is_alias
        except (KeyError, griffe.GriffeError):
            return None


def without_constructor(path):
    """A class for its constructor: a call of either is the same."""
    head, _, last = path.rpartition(".")
    return head if last in CONSTRUCTORS else path


def places(paths, releases):
    """All paths under which the same thing may be reported: as given, and as defined in either release."""
    found = set(paths)
    for release in releases:
        found.update(path for path in map(release.canonical, paths) if path)
    return {without_constructor(path) for path in found}


def theirs(releases):
    """What griffe finds."""
    for breakage in griffe.find_breaking_changes(*(release.package for release in releases)):
        kind, node = breakage.kind.name, breakage.obj
        is_parameter = kind.startswith("PARAMETER")
        parameter = (breakage.old_value or breakage.new_value).name if is_parameter else None
        paths = {node.path}
        if not node.is_alias or node.resolved:
            paths.add(node.canonical_path)
        whats = [THEIRS[kind]] if THEIRS[kind] else []
        if kind == "PARAMETER_CHANGED_KIND" and breakage.new_value.kind in VARIADIC:
            # What was one argument is many: we have a parameter that is gone.
            whats = ["parameter gone"]
        found = Finding(kind, whats, parameter, node.path, places(paths, releases), breakage)
        if is_parameter:
            sides = [breakage.old_value, breakage.new_value]
            found.old, found.new = (None if p is None or p.default is None else str(p.default) for p in sides)
        yield found


def constructors(paths, releases):
    """The classes whose constructors these classes have."""
    for release in releases:
        for path in paths:
            owner = release.find(path)
            if owner is None or not owner.is_class:
                continue
            for name in CONSTRUCTORS:
                made = release.find(f"{path}.{name}")
                if made is not None:
                    yield without_constructor(made.canonical_path)


def ours(rows, releases):
    """What we find."""
    for row in rows:
        paths = [row["symbol"], *row["aliases"]]
        found = places(paths, releases)
        if row["symbol_kind"] == "class" and row["parameter"]:
            found.update(constructors(paths, releases))
        yield Finding(row["kind"], OURS[row["kind"]], row["parameter"], row["symbol"], found, row)


def match(their_findings, our_findings):
    """Marks the findings that both tools have; the same thing may be several findings of either."""
    index = {}
    for finding in our_findings:
        for place in finding.places:
            for what in finding.whats:
                index.setdefault((place, finding.parameter, what), []).append(finding)
    for finding in their_findings:
        for place in finding.places:
            for what in finding.whats:
                for other in index.get((place, finding.parameter, what), []):
                    finding.met = other.met = True
