"""Why one tool does not have a finding of the other. The first reason that holds is the one.

A verdict says who is right: `ours`, `theirs`, or `scope`, where the tools answer different questions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import griffe

from findings import CONSTRUCTORS, without_constructor


class Offered:
    """What a release offers by our rules."""

    def __init__(self, definitions, release):
        self.by_path = {}
        for definition in definitions:
            for path in definition["paths"]:
                self.by_path.setdefault(path, definition)
                self.by_path.setdefault(release.canonical(path) or path, definition)

    def has(self, path):
        return path in self.by_path or self.has_member(path)

    def has_member(self, path):
        owner, _, last = path.rpartition(".")
        definition = self.by_path.get(owner)
        return definition is not None and last in definition["members"]


class Context:
    """What the reasons look things up in."""

    def __init__(self, releases, found, theirs, ours):
        self.old, self.new = releases
        self.offered = [Offered(*pair) for pair in zip(found["releases"], releases)]
        self.theirs, self.ours = theirs, ours
        self.renamed = {
            (place, f.source["replacement"]) for f in ours if f.kind == "parameter_renamed" for place in f.places
        }
        self.their_removals = {place for f in theirs if "removed" in f.whats for place in f.places}
        self.changed_lists = {
            place for f in (*theirs, *ours) if f.parameter and f.kind != "PARAMETER_MOVED" for place in f.places
        }

    @lru_cache(maxsize=None)
    def visited(self):
        """Paths of what griffe compares: what it takes as public, and finds in both releases or only in the old one."""
        seen, stack = set(), [(self.old.package, self.new.package)]
        while stack:
            before, after = stack.pop()
            after_members = dict(after.all_members)
            for name, member in before.all_members.items():
                if not member.is_public or member.path in seen:
                    continue
                seen.add(member.path)
                now = after_members.get(name)
                try:
                    member = member.final_target if member.is_alias else member
                    now = now.final_target if now is not None and now.is_alias else now
                except griffe.GriffeError:
                    continue
                seen.add(member.canonical_path)
                if now is None or now.kind is not member.kind:
                    continue
                if member.is_module or member.is_class:
                    if (member.path, "inside") not in seen:
                        seen.add((member.path, "inside"))
                        stack.append((member, now))
        return seen


@dataclass
class Reason:
    """Holds for a finding that only one tool has, or not."""

    key: str
    verdict: str
    text: str
    holds: Callable


def last(path):
    return path.rpartition(".")[2]


def is_special(name):
    return name.startswith("__") and name.endswith("__")


def has_private_part(path):
    return any(part.startswith("_") and not is_special(part) for part in path.split("."))


def definition(finding, release):
    """The thing itself in a release, as griffe has it."""
    for place in sorted(finding.places):
        node = release.find(place)
        if node is not None:
            return node
    return None


def function_of(finding, release):
    """The function whose parameters a finding is about."""
    node = definition(finding, release)
    if node is None or not node.is_class:
        return node
    for name in CONSTRUCTORS:
        made = release.find(f"{node.canonical_path}.{name}")
        if made is not None:
            return made
    return None


def is_offered(finding, context):
    return any(context.offered[0].has(place) for place in finding.places)


def is_still_there(finding, context):
    return "removed" in finding.whats and any(
        context.new.canonical(place) or context.offered[1].has(place) for place in (finding.symbol, *finding.places)
    )


def is_instance_attribute(finding, context):
    node = definition(finding, context.old)
    return node is not None and node.is_attribute and "instance-attribute" in node.labels


def unknown_bases(finding, context):
    owner = finding.symbol.rpartition(".")[0]
    known = context.offered[1].by_path.get(context.new.canonical(owner) or owner)
    return known is not None and not known["all_members_known"]


def is_plumbing(finding, context):
    node = definition(finding, context.old)
    value = str(node.value) if node is not None and node.is_attribute and node.value else ""
    return any(made in value for made in ("TypeVar(", "ParamSpec(", "NewType(", "getLogger("))


def canonical_default(text):
    return "".join((text or "").split()).replace('"', "'")


def same_default(finding, _):
    return "default" in finding.whats and canonical_default(finding.old) == canonical_default(finding.new)


SENTINELS = ("no_default", "nodefault", "novalue", "unset", "sentinel", "missing", "not_given", "notgiven", "_void")


def is_sentinel(finding, _):
    text = (finding.new or "").lower()
    return "default" in finding.whats and any(name in text for name in SENTINELS)


def was_deprecated(finding, _):
    return "default" in finding.whats and "deprecat" in (finding.old or "").lower()


def is_stub_default(finding, _):
    return "default" in finding.whats and "..." in ((finding.old or "") + (finding.new or ""))


def is_variadic(finding, _):
    return bool(finding.parameter) and finding.parameter.startswith("*")


def takes_any_keyword(finding, context):
    function = function_of(finding, context.new)
    parameters = getattr(function, "parameters", ())
    return any(p.kind is griffe.ParameterKind.var_keyword for p in parameters)


def decorated(finding, context):
    function = function_of(finding, context.new)
    return function is not None and bool(getattr(function, "decorators", ()))


def serves_attributes(finding, context):
    owner = context.new.find(finding.symbol.rpartition(".")[0])
    members = context.new.members(owner.canonical_path) if owner is not None and owner.is_class else {}
    return "removed" in finding.whats and any(name in members for name in ("__getattr__", "__getattribute__"))


def is_new_name(finding, context):
    return any((place, finding.parameter) in context.renamed for place in finding.places)


def kind_is(*kinds):
    return lambda finding, _: finding.kind in kinds


THEIRS = [
    Reason("return annotation", "scope", "we compare how things are called, not what annotations say of results", kind_is("RETURN_CHANGED_TYPE")),
    Reason("base class", "scope", "we report the members that are gone with a base, not the base", kind_is("CLASS_REMOVED_BASE")),
    Reason("special method", "scope", "people use operators, not `__eq__`: we compare names without leading underscore, and constructors", lambda f, c: is_special(last(f.symbol)) and last(f.symbol) not in CONSTRUCTORS),
    Reason("no public path", "scope", "griffe reports what stands in a module that is public by name; we ask for a path to it that its package offers", lambda f, c: not is_offered(f, c)),
    Reason("instance attribute", "scope", "assigned on `self` in a method: no definition of the class that we compare", is_instance_attribute),
    Reason("still there", "ours", "the path still leads to it", is_still_there),
    Reason("bases unknown", "scope", "a base of the new class is of another distribution, so that we do not claim that the member is gone", lambda f, c: "removed" in f.whats and unknown_bases(f, c)),
    Reason("served at run time", "theirs", "the new class has a `__getattr__`, which may serve it; we claim the removal only where a deprecation announced it", serves_attributes),
    Reason("new name of a renamed parameter", "ours", "griffe has a removed and an added parameter where we have one that was renamed", is_new_name),
    Reason("plumbing", "scope", "type variables and loggers, which nobody imports from there", is_plumbing),
    Reason("*args or **kwargs", "scope", "we compare parameters that have a name for callers", is_variadic),
    Reason("private parameter", "scope", "its name starts with an underscore", lambda f, c: bool(f.parameter) and f.parameter.startswith("_")),
    Reason("moved by another change", "scope", "the position changed because another parameter came, went or became keyword-only, which is reported", lambda f, c: f.kind == "PARAMETER_MOVED" and bool(f.places & c.changed_lists)),
    Reason("position", "theirs", "a parameter moved among its equals: we have no such kind", kind_is("PARAMETER_MOVED")),
    Reason("kind of object", "theirs", "a function became an attribute, a method a property, ...: we have no such kind", kind_is("OBJECT_CHANGED_KIND")),
    Reason("same default", "ours", "the default differs only in quotes or white space", same_default),
    Reason("default only tells that it was given", "scope", "the new default is a marker such as `no_default`; what the function does without the argument may be as before", is_sentinel),
    Reason("default was a deprecation mark", "scope", "the parameter was deprecated by its default before, which is when we report it", was_deprecated),
    Reason("default of a stub", "ours", "`...` in a stub or overload says that there is a default, not which", is_stub_default),
]

OURS = [
    Reason("deprecation", "ours", "griffe does not read deprecations", kind_is("deprecated")),
    Reason("noted behaviour", "ours", "griffe does not read documentation", kind_is("behaviour_noted")),
    Reason("new optional parameter", "scope", "griffe reports only required ones, since others break no call", kind_is("parameter_added")),
    Reason("inside of something removed", "scope", "griffe names the module or class that is gone, we also what was in it", lambda f, c: "removed" in f.whats and any(place.startswith(gone + ".") for place in f.places for gone in c.their_removals)),
    Reason("imported name", "ours", "griffe takes a name that a module imports as private unless `__all__` lists it, and so never compares it", lambda f, c: not (f.places & c.visited())),
]
