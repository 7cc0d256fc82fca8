"""Runs one side of a row and says what it did: the lines that differ from the other side, whether they were reached, what was
raised, what was warned of, what was computed.

Reads a request (JSON) from standard input and writes a report (JSON) as the last line of standard output. A row is code that
stands alone, but often it only defines a function: nothing of it runs unless somebody calls it. Then arguments are searched
for with which the changed statements run; the search is made once, with the old code on the old version, and the other runs
repeat what it found (its recipe), so that all three do the same.
"""

import ast
import asyncio
import hashlib
import inspect
import io
import itertools
import json
import os
import random
import re
import sys
import tempfile
import time
import traceback
import types
import warnings
from unittest import mock

PROGRAM = "<row>"

# Libraries that keep what they will remove to themselves, unless asked.
ASK = {"SQLALCHEMY_WARN_20": "1", "MPLBACKEND": "Agg", "HOME": "/tmp", "MPLCONFIGDIR": "/tmp"}

# Calls that are tried for one function, and seconds of processor time for all of them.
MOST_TRIES, MOST_SECONDS = 160, 8.0


# What differs.


def own_statements(tree):
    """Every statement with the lines that are its own: of a compound one, its header."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        body = getattr(node, "body", None)
        last = max(first, body[0].lineno - 1) if isinstance(body, list) and body else node.end_lineno
        if isinstance(body, list) and body and body[0].lineno <= node.lineno:
            last = node.lineno
        yield node, range(first, last + 1)


BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


def shape(node):
    """A statement as text, without what is nested in it."""
    parts = [type(node).__name__]
    for name, value in ast.iter_fields(node):
        if name not in BODIES:
            values = value if isinstance(value, list) else [value]
            parts += [name, *(ast.dump(v) if isinstance(v, ast.AST) else repr(v) for v in values)]
    return "|".join(parts)


def changed_statements(code, other):
    """Statements that the other side does not have. Imports only where nothing else differs."""
    left = {}
    for node, _ in own_statements(ast.parse(other)):
        left[shape(node)] = left.get(shape(node), 0) + 1
    changed = []
    for node, lines in own_statements(ast.parse(code)):
        if left.get(shape(node), 0) > 0:
            left[shape(node)] -= 1
        else:
            changed.append((node, lines))
    rest = [entry for entry in changed if not isinstance(entry[0], (ast.Import, ast.ImportFrom))]
    return rest or changed


# What was computed.

# Names that values of expression statements get.
VALUE = "value_of_statement_"

# Values that are looked at, items of one, and characters of one that are told.
MOST_VALUES, MOST_ITEMS, MOST_TEXT = 60, 400, 60


class Naming(ast.NodeTransformer):
    """Gives the values of expression statements names, so that they can be looked at: the same on both sides."""

    def __init__(self, changed_lines):
        self.changed_lines, self.count = changed_lines, 0

    def visit_ClassDef(self, node):
        # Names in a class are its attributes.
        node.body = [child if isinstance(child, ast.Expr) else self.visit(child) for child in node.body]
        return node

    def visit_Expr(self, node):
        if isinstance(node.value, (ast.Constant, ast.Yield, ast.YieldFrom)):
            return node
        if node.lineno in self.changed_lines:
            self.count += 1
            place = f"changed_{self.count}"
        else:
            place = hashlib.sha256(ast.dump(node.value).encode()).hexdigest()[:12]
        name = ast.Name(f"{VALUE}{place}", ast.Store())
        return ast.fix_missing_locations(ast.copy_location(ast.Assign([name], node.value), node))


def is_check(call):
    """Whether a call fails where it is given what is not expected."""
    function = call.func if isinstance(call, ast.Call) else None
    name = getattr(function, "id", None) or getattr(function, "attr", "")
    return name.lower().startswith("assert")


def depending(tree, changed_lines):
    """Names whose values depend on changed statements, and lines of checks that do."""
    names, checks = set(), set()
    reads = lambda node: any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node))
    for _ in range(3):
        for node, lines in own_statements(tree):
            is_changed = not changed_lines.isdisjoint(lines)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if not changed_lines.isdisjoint(range(node.lineno, node.end_lineno + 1)):
                    names.add(node.name)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                if is_changed:
                    names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
            elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
                if node.value is not None and (is_changed or reads(node.value)):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    names.update(n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))
                    if is_check(node.value):
                        checks.update(lines)
                    # A method may change what it is a method of.
                    function = getattr(node.value, "func", None)
                    if is_changed and isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                        names.add(function.value.id)
            elif isinstance(node, (ast.For, ast.AsyncFor)):
                if is_changed or reads(node.iter):
                    names.update(n.id for n in ast.walk(node.target) if isinstance(n, ast.Name))
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                if is_changed:
                    made = (item.optional_vars for item in node.items if item.optional_vars is not None)
                    names.update(n.id for target in made for n in ast.walk(target) if isinstance(n, ast.Name))
            elif isinstance(node, ast.Return):
                if is_changed or node.value is not None and reads(node.value):
                    names.add("return")
            elif isinstance(node, ast.Assert):
                if is_changed or reads(node):
                    checks.update(lines)
    return names, checks


UNKNOWN = "?"


def number(value):
    if isinstance(value, complex):
        return f"{number(value.real)}+{number(value.imag)}j"
    return f"{float(value):.6g}"


def canonical(value, depth=0):
    """A value as text, the same for what is equal; `?` where nobody can tell."""
    kind = type(value)
    if kind in (bool, str, bytes) or value is None:
        return repr(value)[:1000]
    if kind in (int, float, complex):
        return number(value)
    if depth > 4:
        return UNKNOWN
    inner = lambda items: ", ".join(canonical(item, depth + 1) for item in itertools.islice(items, MOST_ITEMS))
    if isinstance(value, dict):
        return "{" + inner(pair for item in value.items() for pair in item) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + inner(value) + "]"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(canonical(item, depth + 1) for item in value)) + "}"
    if all(hasattr(kind, name) for name in ("columns", "index", "to_numpy")):
        return "table" + inner([list(value.columns), list(value.index), value.to_numpy()])
    if hasattr(kind, "__array__") and "numpy" in sys.modules and not inspect.isclass(value):
        array = sys.modules["numpy"].asarray(value)
        if array.dtype.kind == "b":
            return f"{array.shape}" + inner(map(bool, array.flat)) if array.shape else repr(bool(array))
        if array.dtype.kind in "iufc":
            return f"{array.shape}" + inner(array.ravel()[:MOST_ITEMS].tolist()) if array.shape else number(array.item())
        if array.dtype.kind in "USMm":
            return f"{array.shape}" + inner(str(item) for item in array.ravel()[:MOST_ITEMS])
        return "array" + inner(array.tolist()) if array.shape else UNKNOWN
    return UNKNOWN


def told(value):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            text = canonical(value)
        except BaseException:
            return UNKNOWN
    if not re.search(r"[^?\[\]{}, ]", text):
        return UNKNOWN
    if len(text) <= MOST_TEXT:
        return text
    return text[:MOST_TEXT] + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


# Running.


class Trace:
    """Lines of the row that were reached, and values that depend on its changed statements."""

    def __init__(self):
        self.lines, self.values, self.wanted = set(), {}, set()

    def enter(self, frame, event, argument):
        if frame.f_code.co_filename != PROGRAM:
            return None
        self.lines.add(frame.f_lineno)
        return self.step

    def step(self, frame, event, argument):
        self.lines.add(frame.f_lineno)
        if event == "return":
            self.keep(frame.f_code.co_name, frame.f_locals, argument)
        return self.step

    def keep(self, where, names, returned=None):
        """Keeps what the names have when their function ends, or when all has run."""
        found = [(name, names[name]) for name in self.wanted if name in names]
        if "return" in self.wanted and returned is not None:
            found.append(("return", returned))
        for name, value in found:
            text = told(value)
            # That a statement has no value says nothing.
            is_told = text != UNKNOWN and not (name.startswith(VALUE) and value is None)
            if is_told and len(self.values) < MOST_VALUES:
                self.values[f"{where}.{name}"] = text


def program_line(error):
    """The line of the row at which an exception came up, or the deepest one that it went through."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == PROGRAM]
    return lines[-1] if lines else None


def without_addresses(text):
    return re.sub(r"0x[0-9a-fA-F]{6,}", "0x...", text)


def describe(error):
    try:
        message = str(error)
    except BaseException:
        message = ""
    return {
        "class": type(error).__name__,
        "message": without_addresses(message)[:300],
        "line": program_line(error),
        "module": getattr(error, "name", None) if isinstance(error, ImportError) else None,
    }


# Arguments.


def value_of(key):
    """A made-up value, anew for each call; raises where what it is made of is not there."""
    if key in ("int", "float", "str", "bool", "none", "list", "dict", "small", "path", "name"):
        folder = tempfile.gettempdir()
        return {
            "int": 3, "float": 0.5, "str": "a", "bool": True, "none": None, "list": [1.0, 2.0, 3.0, 4.0], "small": 0,
            "dict": {"a": 1, "b": 2}, "path": os.path.join(folder, "file.txt"), "name": "name",
        }[key]
    if key == "mock":
        return mock.MagicMock()
    if key == "function":
        return lambda *arguments, **keywords: arguments[0] if arguments else 1.0
    if key in ("vector", "matrix", "integers", "image", "generator", "flags"):
        import numpy as np

        return {
            "vector": lambda: np.array([1.0, 2.0, 3.5, 5.0]),
            "matrix": lambda: np.array([[4.0, 1, 0, 1], [1, 5, 1, 0], [0, 1, 6, 1], [1, 0, 1, 7]]),
            "integers": lambda: np.arange(1, 5),
            "image": lambda: (np.arange(256.0).reshape(16, 16) % 7) / 7,
            "flags": lambda: np.array([True, False, True, True]),
            "generator": lambda: np.random.RandomState(0),
        }[key]()
    if key in ("frame", "series", "times"):
        import pandas as pd

        index = pd.date_range("2020-01-01", periods=4, freq="D")
        return {
            "frame": lambda: pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [4.0, 3.0, 2.0, 1.0]}, index=index),
            "series": lambda: pd.Series([1.0, 2.0, 3.0, 4.0], index=index, name="a"),
            "times": lambda: index,
        }[key]()
    if key == "axes":
        from matplotlib.figure import Figure

        return Figure().subplots()
    if key == "graph":
        import networkx

        return networkx.path_graph(4)
    if key == "folder":
        import pathlib

        return pathlib.Path(tempfile.mkdtemp())
    if key.startswith("="):
        return ast.literal_eval(key[1:])
    raise KeyError(key)


# What is tried, in order, where nothing is known of a parameter.
POOL = (
    "vector matrix int float str list frame series integers mock dict function flags times image none bool graph axes path".split()
)

BY_NAME = [
    (r"^(axis|dim|ndim|level|start|first|offset|order|lag|ddof)$", ["small", "int"]),
    (r"^(n|n_.*|num.*|size|count|k|nb_.*|i|j|length|width|height|depth|window|periods|seed)$", ["int", "small"]),
    (r"^(ax|axes)$", ["axes", "mock"]),
    (r"^(df|frame|data_?frame|table)$", ["frame"]),
    (r"^(s|ser|series)$", ["series", "vector"]),
    (r"^(g|graph)$", ["graph"]),
    (r"^(mask|flags?|is_.*)$", ["flags", "bool"]),
    (r"^(name|key|label|column|col|kind|method|mode|text|string|dtype|msg|message|title)$", ["str", "name"]),
    (r"^(path|filename|fname|file|fn)$", ["path", "mock"]),
    (r"^(tmp_?path|tmp_?dir|tmpdir|tmp_path_factory)$", ["folder"]),
    (r"^(rng|random_state|generator|rs)$", ["generator", "int"]),
    (r"^(func|function|fn|f|callback|fun)$", ["function"]),
    (r"^(img|image|im|arr2d|mat|matrix|cov|adj)$", ["image", "matrix"]),
    (r"^(a|b|x|y|z|arr|array|data|values|signal|sig|v|vec|weights?|w|t|times?|samples?|coords?)$", ["vector", "matrix", "list"]),
    (r"^(index|dates?|idx|timestamps?)$", ["times", "integers"]),
]

BY_ANNOTATION = [
    ("DataFrame", ["frame"]), ("Series", ["series"]), ("DatetimeIndex", ["times"]), ("Index", ["times"]),
    ("ndarray", ["vector", "matrix", "image"]), ("ArrayLike", ["vector", "matrix"]), ("NDArray", ["vector", "matrix"]),
    ("Axes", ["axes"]), ("Graph", ["graph"]), ("Callable", ["function"]), ("Path", ["folder", "path"]), ("bool", ["bool"]),
    ("int", ["int", "small"]), ("float", ["float"]), ("str", ["str", "name"]), ("dict", ["dict"]), ("Dict", ["dict"]),
    ("list", ["list"]), ("List", ["list"]), ("Sequence", ["list"]), ("Any", ["vector", "mock"]),
]


def choices_for(parameter, marks):
    """Keys of values to try for a parameter, best first."""
    if parameter.name in marks:
        return [marks[parameter.name]]
    found = []
    annotation = parameter.annotation
    if annotation is not parameter.empty:
        text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "") + " " + str(annotation)
        for word, keys in BY_ANNOTATION:
            if re.search(rf"\b{word}\b", text):
                found += keys
    for pattern, keys in BY_NAME:
        if re.match(pattern, parameter.name.lower()):
            found += keys
    return list(dict.fromkeys([*found, *POOL]))


def parameters_from_marks(function):
    """The first values of `pytest.mark.parametrize`, as literals."""
    found = {}
    for mark in getattr(function, "pytestmark", []):
        if getattr(mark, "name", "") == "parametrize" and len(mark.args) >= 2:
            names = mark.args[0]
            names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
            try:
                first = list(mark.args[1])[0]
                first = getattr(first, "values", first) if type(first).__name__ == "ParameterSet" else first
                values = [first] if len(names) == 1 and type(first).__name__ != "ParameterSet" else list(first)
                for name, value in zip(names, values):
                    if ast.literal_eval(repr(value)) == value:
                        found[name] = "=" + repr(value)
            except Exception:
                pass
    return found


def tries(function, is_bound):
    """Ways to call a function: keys of its positional arguments and of its keywords."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return
    if is_bound:
        parameters = parameters[1:]
    marks = parameters_from_marks(function)
    needed = [
        p
        for p in parameters
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or p.name in marks
    ]
    choices = [choices_for(p, marks) for p in needed]

    def call(keys):
        pairs = list(zip(needed, keys))
        by_place = [key for p, key in pairs if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty]
        by_name = {p.name: key for p, key in pairs if p.kind == p.KEYWORD_ONLY or p.default is not p.empty}
        return {"arguments": by_place, "keywords": by_name}

    seen = set()
    best = [tuple(c[0] for c in choices)]
    same = (tuple(c[min(place, len(c) - 1)] for c in choices) for place in range(1, len(POOL)))
    alike = (tuple(key if len(c) > 1 else c[0] for c in choices) for key in POOL)
    mixed = itertools.product(*(c[:4] for c in choices))
    for keys in itertools.chain(best, alike, same, mixed):
        if keys not in seen:
            seen.add(keys)
            yield call(keys)


INSTANCES = ("plain", "made", "mock", "empty")


def bound(names, path, instance):
    """The function at a path of the row, and what it is bound to."""
    owner, member = None, names[path[0]]
    for name in path[1:]:
        owner, member = member, inspect.getattr_static(member, name)
    if isinstance(member, (staticmethod, classmethod)):
        first = [owner] if isinstance(member, classmethod) else []
        return member.__func__, first
    if isinstance(member, property):
        member = member.fget
    if inspect.isclass(owner):
        makers = {"made": lambda: owner(), "mock": mock.MagicMock, "empty": lambda: object.__new__(owner)}
        return member, [makers[instance]()]
    member = getattr(member, "__wrapped__", member) if not callable(member) else member
    if not callable(member):
        raise TypeError("no function")
    return member, []


def finish(result):
    """Runs what a call only promises."""
    if inspect.iscoroutine(result):
        return asyncio.run(asyncio.wait_for(result, 5))
    if inspect.isgenerator(result):
        return list(itertools.islice(result, 20))
    return result


def make_call(names, recipe):
    function, first = bound(names, recipe["path"], recipe["instance"])
    arguments = [value_of(key) for key in recipe["arguments"]]
    keywords = {name: value_of(key) for name, key in recipe["keywords"].items()}
    finish(function(*first, *arguments, **keywords))


# Objects that warn when they are used, not when they are made.


def toy_data():
    import numpy as np

    state = np.random.RandomState(0)
    X = np.abs(state.randn(40, 4)) + 0.1
    y = (X[:, 0] > np.median(X[:, 0])).astype(int)
    return X, y


def fit(names, recipe):
    X, y = toy_data()
    data = {"Xy": (X, y), "X": (X,), "x": (X[:, 0], y)}[recipe["data"]]
    names[recipe["fit"]].fit(*data)


# What a project sets up before anything of it runs.


def set_up_django():
    from django.conf import settings

    apps = ["contenttypes", "auth", "sessions", "messages", "staticfiles"]
    settings.configure(
        INSTALLED_APPS=[f"django.contrib.{app}" for app in apps],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        SECRET_KEY="secret",
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
    )
    import django

    django.setup()


# One run.


def seed_all():
    random.seed(0)
    if "numpy" in sys.modules:
        try:
            sys.modules["numpy"].random.seed(0)
        except Exception:
            pass


class Run:
    def __init__(self, request):
        self.code, self.other = request["code"], request["other"]
        self.changed = changed_statements(self.code, self.other)
        changed_lines = {line for _, lines in self.changed for line in lines}
        self.tree = Naming(changed_lines).visit(ast.parse(self.code))
        self.names_that_depend, self.checks = depending(self.tree, changed_lines)
        self.trace = Trace()
        self.recipes = []

    def reached(self):
        return [place for place, (_, lines) in enumerate(self.changed) if not self.trace.lines.isdisjoint(lines)]

    def traced(self, action):
        """Runs an action with its lines noted: what it raised."""
        sys.settrace(self.trace.enter)
        try:
            action()
        except BaseException as error:
            return error
        finally:
            sys.settrace(None)
        return None

    def is_in_change(self, error):
        line = program_line(error)
        return line is None or any(line in lines for _, lines in self.changed)

    def load(self):
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names = module.__dict__
        code = compile(self.tree, PROGRAM, "exec", 0, True)
        self.trace.wanted = self.names_that_depend
        error = self.traced(lambda: exec(code, self.names))
        # Of the search for arguments nothing counts.
        self.trace.wanted = set()
        return error

    def functions(self):
        """Functions of the row with changed statements that nothing has reached, by their paths."""
        reached = set(self.reached())
        missing = [lines for place, (_, lines) in enumerate(self.changed) if place not in reached]
        found = []

        def visit(body, path):
            for node in body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    inner = range(node.lineno, node.end_lineno + 1)
                    if any(lines[0] in inner for lines in missing):
                        found.append([*path, node.name])
                elif isinstance(node, ast.ClassDef):
                    visit(node.body, [*path, node.name])

        visit(ast.parse(self.code).body, [])
        return found

    def search(self):
        """Calls functions that hold what was not reached, until it is."""
        for path in self.functions():
            recipe = self.search_one(path)
            if recipe is not None:
                self.recipes.append(recipe)

    def search_one(self, path):
        end, count, fallback = time.process_time() + MOST_SECONDS, 0, None
        for instance in INSTANCES:
            if (instance == "plain") != (len(path) == 1):
                continue
            try:
                function, first = bound(self.names, path, instance)
            except BaseException:
                continue
            for call in tries(function, bool(first)):
                count += 1
                if count > MOST_TRIES or time.process_time() > end:
                    return fallback
                recipe = {"path": path, "instance": instance, **call}
                before = set(self.trace.lines)
                self.trace.lines.clear()
                seed_all()
                error = self.traced(lambda: make_call(self.names, recipe))
                reached = bool(self.reached())
                self.trace.lines |= before
                if reached and error is None:
                    return {**recipe, "ends": True}
                if reached and fallback is None and not self.is_in_change(error):
                    # It went past the change; what came after did not like the arguments.
                    fallback = {**recipe, "ends": False}
        return fallback

    def fits(self):
        """Estimators that a changed statement made, with data that they can be fitted to."""
        targets = [t for node, _ in self.changed if isinstance(node, ast.Assign) for t in node.targets]
        for target in targets:
            name = target.id if isinstance(target, ast.Name) else None
            value = self.names.get(name)
            if name and callable(getattr(value, "fit", None)) and callable(getattr(value, "get_params", None)):
                for data in ("Xy", "X", "x"):
                    recipe = {"fit": name, "data": data}
                    if self.traced(lambda: fit(self.names, recipe)) is None:
                        self.recipes.append(recipe)
                        break

    def repeat(self, recipes):
        """Does what the search found: the first exception that tells something of the change."""
        self.trace.wanted = self.names_that_depend
        for recipe in recipes:
            seed_all()
            action = (lambda: fit(self.names, recipe)) if "fit" in recipe else (lambda: make_call(self.names, recipe))
            error = self.traced(action)
            if error is not None and (recipe.get("ends", True) or self.is_in_change(error)):
                return error
        return None


    def values(self):
        """What depends on the changed statements, as far as it can be told; that a check was passed is told too."""
        passed = {} if self.checks.isdisjoint(self.trace.lines) else {"checks": "passed"}
        return {**self.trace.values, **passed}


def warned(entries):
    found = []
    for entry in entries:
        names = [kind.__name__ for kind in entry.category.__mro__]
        item = [entry.category.__name__, is_deprecation(names), without_addresses(str(entry.message))[:300]]
        if item not in found:
            found.append(item)
    return found[:50]


def is_deprecation(names):
    return any("Deprecat" in name or name == "FutureWarning" or name.startswith("RemovedIn") for name in names)


def main():
    request = json.loads(sys.stdin.read())
    os.environ.update(ASK)
    tempfile.tempdir = "/tmp"
    stdout, shown = sys.stdout, io.StringIO()
    sys.stdout = sys.stderr = shown
    report = {}
    try:
        run = Run(request)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if re.search(r"^\s*(from|import) django\b", run.code, re.M) and "settings.configure" not in run.code:
                set_up_django()
                del caught[:]
            seed_all()
            error = run.load()
            recipes = request.get("recipes")
            loaded = len(caught)
            if error is None and recipes is None:
                run.search()
                run.fits()
                recipes = run.recipes
                # Of the search itself nothing counts.
                del caught[loaded:]
                warnings.simplefilter("always")
            if error is None:
                error = run.repeat(recipes)
        report = {
            "error": None if error is None else describe(error),
            "in_change": error is not None and run.is_in_change(error),
            "changed": len(run.changed),
            "reached": len(run.reached()),
            "warnings": warned(caught),
            "recipes": recipes or [],
            "values": run.values(),
        }
    except BaseException as error:
        report = {"broken": describe(error)}
    sys.stdout = stdout
    stdout.write("\n" + json.dumps(report) + "\n")
    stdout.flush()


main()
