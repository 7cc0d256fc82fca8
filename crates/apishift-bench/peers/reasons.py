"""Why one tool does not have a finding of the other. The first reason that holds is the one.

A verdict says who is right: `ours`, `theirs`, or `scope`, where the tools answer different questions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import griffe

from findings import CONSTRUCTORS, VARIADIC


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


def own_paths(finding, release):
    """The path of a finding as given, and with the class or module that holds it at its own path."""
    owner, _, name = finding.symbol.rpartition(".")
    return {finding.symbol, f"{release.canonical(owner) or owner}.{name}"}


def is_offered(finding, context):
    paths = own_paths(finding, context.old) if "removed" in finding.whats else finding.places
    return any(context.offered[0].has(path) for path in paths)


def is_still_there(finding, context):
    paths = own_paths(finding, context.new)
    return "removed" in finding.whats and any(context.offered[1].has(path) for path in paths)


def is_instance_attribute(finding, context):
    node = definition(finding, context.old)
    labels = node.labels if node is not None and node.is_attribute else ()
    return "instance-attribute" in labels and "class-attribute" not in labels


def is_nested(finding, context):
    parts = finding.symbol.split(".")
    owners = [context.old.find(".".join(parts[:end])) for end in (-1, -2) if len(parts) + end > 1]
    return len(owners) == 2 and all(owner is not None and owner.is_class for owner in owners)


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
    parameter = finding.source.old_value or finding.source.new_value
    return bool(finding.parameter) and parameter.kind in VARIADIC


def is_receiver(finding, _):
    return finding.parameter in ("self", "cls") and finding.kind.startswith("PARAMETER")


def prefixes(path):
    parts = path.split(".")
    return [".".join(parts[:end]) for end in range(2, len(parts) + 1)]


def became_alias(finding, context):
    """A definition of the old release that the new one has at the same path as an import or an inherited member."""
    return any(
        context.old.is_alias(prefix) is False and context.new.is_alias(prefix)
        for place in finding.places
        for prefix in prefixes(place)
    )


def was_inherited(finding, context):
    paths = [finding.symbol, *(f"{finding.symbol}.{name}" for name in CONSTRUCTORS)]
    classes = [context.old.find(path.rpartition(".")[0]) for path in paths]
    return any(
        owner is not None and owner.is_class and context.old.is_alias(path) for owner, path in zip(classes, paths)
    )


def is_set_on_self(finding, context):
    owner, _, name = finding.symbol.rpartition(".")
    owner = context.new.find(owner)
    if "removed" not in finding.whats or owner is None or not owner.is_class:
        return False
    return any(re.search(rf"self\.{re.escape(name)}\b *[=:,]", base.source) for base in (owner, *owner.mro()))


def is_assigned_name(finding, context):
    return any(node is not None and node.is_attribute for node in map(context.old.find, finding.places))


def is_inside_of_removed(finding, context):
    outer = {prefix for place in finding.places for prefix in prefixes(place) if prefix != place}
    return "removed" in finding.whats and bool(outer & context.their_removals)


def only_a_decorator_has_it(finding, context):
    function = function_of(finding, context.old)
    parameters = getattr(function, "parameters", None)
    return bool(finding.parameter) and parameters is not None and finding.parameter not in [p.name for p in parameters]


def takes_any_keyword(finding, release):
    function = function_of(finding, release)
    parameters = getattr(function, "parameters", ())
    return any(p.kind is griffe.ParameterKind.var_keyword for p in parameters)


def serves_attributes(finding, context):
    owner = context.new.find(finding.symbol.rpartition(".")[0])
    members = context.new.members(owner.canonical_path) if owner is not None and owner.is_class else {}
    return "removed" in finding.whats and any(name in members for name in ("__getattr__", "__getattribute__"))


def is_new_name(finding, context):
    return "parameter added" in finding.whats and any(
        (place, finding.parameter) in context.renamed for place in finding.places
    )


def is_listed(finding, context):
    owner = context.new.find(finding.symbol.rpartition(".")[0])
    exports = owner.exports if owner is not None and owner.is_module else None
    return "removed" in finding.whats and last(finding.symbol) in [str(name) for name in exports or ()]


def has_other_paths(finding, context):
    known = [context.offered[0].by_path.get(place) for place in finding.places]
    return "removed" in finding.whats and any(len(d["paths"]) > 1 for d in known if d is not None)


def kind_is(*kinds):
    return lambda finding, _: finding.kind in kinds


THEIRS = [
    Reason(
        "return annotation",
        "scope",
        "we compare how things are called, not what annotations say of results",
        kind_is("RETURN_CHANGED_TYPE"),
    ),
    Reason(
        "base class",
        "scope",
        "we report the members that are gone with a base, not the base",
        kind_is("CLASS_REMOVED_BASE"),
    ),
    Reason(
        "special method",
        "scope",
        "people use operators, not `__eq__`, and no module's `__getattr__`: we compare names without leading "
        "underscore, and constructors",
        lambda f, c: is_special(last(f.symbol)) and last(f.symbol) not in CONSTRUCTORS,
    ),
    Reason(
        "instance attribute",
        "scope",
        "assigned on `self` in a method: no definition of the class that we compare",
        is_instance_attribute,
    ),
    Reason(
        "class in a class",
        "theirs",
        "of a class inside of a class we compare how it is called, not its members",
        is_nested,
    ),
    Reason(
        "no public path",
        "scope",
        "griffe reports what stands in a module or class that is public by name, imports among it; we ask for"
        " a path that the library offers",
        lambda f, c: not is_offered(f, c),
    ),
    Reason("still there", "ours", "the path still leads to it", is_still_there),
    Reason(
        "bases unknown",
        "scope",
        "a base of the new class is of another distribution, so that we do not claim that the member is gone",
        lambda f, c: "removed" in f.whats and unknown_bases(f, c),
    ),
    Reason(
        "served at run time",
        "scope",
        "the new class has a `__getattr__`, which may serve it: we claim the removal only where a deprecation"
        " announced it",
        serves_attributes,
    ),
    Reason(
        "new name of a renamed parameter",
        "ours",
        "griffe has a removed and an added parameter where we have one that was renamed",
        is_new_name,
    ),
    Reason("plumbing", "scope", "type variables and loggers, which nobody imports from there", is_plumbing),
    Reason("*args or **kwargs", "scope", "we compare parameters that have a name for callers", is_variadic),
    Reason(
        "receiver",
        "theirs",
        "a method became a class method or a static one, or the reverse: we leave `self` and `cls` out",
        is_receiver,
    ),
    Reason(
        "may be among **kwargs",
        "scope",
        "the new function takes any keyword, so that we claim nothing: pandas' `level` is gone nevertheless, and "
        "we miss it; sqlalchemy's dialects pass theirs on to a base class",
        lambda f, c: "parameter gone" in f.whats and takes_any_keyword(f, c.new),
    ),
    Reason(
        "may have been among **kwargs",
        "scope",
        "the old function took any keyword, this one perhaps among them: we claim that it is new only where a text says so",
        lambda f, c: "parameter added" in f.whats and takes_any_keyword(f, c.old),
    ),
    Reason("set on self", "ours", "the class has it still: a method assigns it", is_set_on_self),
    Reason(
        "private parameter",
        "scope",
        "its name starts with an underscore",
        lambda f, c: bool(f.parameter) and f.parameter.startswith("_"),
    ),
    Reason(
        "moved by another change",
        "scope",
        "the position changed because another parameter came, went or became keyword-only, which is reported",
        lambda f, c: f.kind == "PARAMETER_MOVED" and bool(f.places & c.changed_lists),
    ),
    Reason(
        "position",
        "theirs",
        "a parameter moved among its equals: we have no such kind",
        kind_is("PARAMETER_MOVED"),
    ),
    Reason(
        "kind of object",
        "theirs",
        "a function became an attribute, a method a property, ...: we have no such kind",
        kind_is("OBJECT_CHANGED_KIND"),
    ),
    Reason("same default", "ours", "the default differs only in quotes or white space", same_default),
    Reason(
        "default only tells that it was given",
        "scope",
        "the new default is a marker such as `no_default`; what the function does without the argument may be"
        " as before",
        is_sentinel,
    ),
    Reason(
        "default was a deprecation mark",
        "scope",
        "the parameter was deprecated by its default before, which is when we report it",
        was_deprecated,
    ),
    Reason(
        "listed in `__all__`",
        "scope",
        "the new `__all__` still names it, so that it may be made at run time: "
        "`sqlalchemy.orm.collections.mapped_collection` is, "
        "`sqlalchemy.ext.declarative.instrument_declarative` is not",
        is_listed,
    ),
    Reason(
        "other paths",
        "theirs",
        "another public path of it leads into a module that cannot be seen whole, and then we claim nothing "
        "of it",
        has_other_paths,
    ),
    Reason(
        "default of a stub",
        "ours",
        "`...` in a stub or overload says that there is a default, not which",
        is_stub_default,
    ),
]

OURS = [
    Reason("deprecation", "ours", "griffe does not read deprecations", kind_is("deprecated")),
    Reason("noted behaviour", "ours", "griffe does not read documentation", kind_is("behaviour_noted")),
    Reason(
        "new optional parameter",
        "scope",
        "griffe reports only required ones, since others break no call",
        kind_is("parameter_added"),
    ),
    Reason(
        "inside of something removed",
        "scope",
        "griffe names the module or class that is gone, we also what was in it",
        is_inside_of_removed,
    ),
    Reason(
        "taken by a decorator",
        "ours",
        "a decorator took the parameter under its old name; griffe does not read decorators",
        only_a_decorator_has_it,
    ),
    Reason(
        "became an import or inherited",
        "ours",
        "griffe compares nothing where a definition of the old release is an import or inherited member of "
        "the new one: its guard against cycles meets the old path twice",
        became_alias,
    ),
    Reason(
        "inherited",
        "ours",
        "griffe compares an inherited member with the first class that has it, and not again for the next one",
        was_inherited,
    ),
    Reason(
        "another name of a function",
        "ours",
        "`old = new` in a class or module: griffe takes it for a value",
        is_assigned_name,
    ),
    Reason(
        "imported name",
        "ours",
        "griffe takes a name that a module imports as private unless `__all__` lists it, and so never "
        "compares it",
        lambda f, c: f.symbol not in c.visited() or not (f.places & c.visited()),
    ),
]
