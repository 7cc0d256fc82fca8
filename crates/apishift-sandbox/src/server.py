"""The fork server of a sandbox: runs each program in a fresh child and says what came of it.

It is the first process of its namespaces: no signal from inside reaches it, and when it kills all others none can fork
away. It reads requests from descriptor 0 and answers on descriptor 1: a length (4 bytes, little endian) and a value in
`marshal`'s format, version 2. Programs run in children, which have neither descriptor. What a child reports is a list
of frames of the same form; who asked for the run decides what to believe of them (`report.rs`, and the verifier's judge).
"""

import _weakref
import builtins
import gc
import marshal
import operator
import posix
import sys
import time
from _io import BytesIO, StringIO, TextIOWrapper
from _signal import SIG_BLOCK, SIG_DFL, SIG_IGN, SIG_UNBLOCK, SIGCHLD, SIGINT, SIGKILL
from _signal import getsignal, pthread_sigmask, signal, sigtimedwait, valid_signals
from itertools import islice

PROGRAM = "<program>"
TEST = "<test>"

# The child's descriptor for reports: above those that programs meet, and within the table that every process has.
REPORTS = 63

# Seconds after which a run is slow: then what it has reported goes out while it goes on. Where programs share a child, often:
# one that stays where it is, is in the way of others.
SLOW = (0.02, 0.1, 0.5)
OFTEN = tuple(n / 50 for n in range(1, 50))


# Frames.


def write_all(descriptor, data):
    view = memoryview(data)
    while view:
        view = view[posix.write(descriptor, view) :]


def read_exactly(descriptor, count):
    parts = []
    while count:
        part = posix.read(descriptor, min(count, 1 << 20))
        if not part:
            posix._exit(0)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def frame(value):
    data = marshal.dumps(value, 2)
    return len(data).to_bytes(4, "little") + data


def receive():
    return marshal.loads(read_exactly(REQUESTS, int.from_bytes(read_exactly(REQUESTS, 4), "little")))


def send(value):
    write_all(ANSWERS, frame(value))


# In the child.


def reporter(descriptor):
    """Writes frames, by functions that were taken before the program could change any."""
    write, dumps, length, getpid = posix.write, marshal.dumps, len, posix.getpid
    own = getpid()

    def report(*value):
        # What the program forks has nothing to say.
        if getpid() != own:
            return
        data = dumps(value, 2)
        data = length(data).to_bytes(4, "little") + data
        while data:
            data = data[write(descriptor, data) :]

    return report


# Caps of a child and of what it starts, by their names in a request; nothing raises them again. Linux's numbers: those of
# address space, file size, descriptors, processes and processor time.
CAPS = ((9, "memory"), (1, "file"), (7, "files"), (6, "processes"), (0, "cpu"))


def describe(error):
    """Name of an exception's class, and its message, whatever the program made of both."""
    name = type(error).__name__
    try:
        message = str(error)
    except BaseException:
        message = ""
    if type(message) is not str:
        message = ""
    errno = getattr(error, "errno", None) if isinstance(error, OSError) else None
    return str(name)[:200], message[:500], errno if type(errno) is int else None


def kinds_of(error):
    """Builtin classes that an exception is an instance of, by which its kind is told."""
    known = (AssertionError, MemoryError, SyntaxError, SystemExit, KeyboardInterrupt, OSError, RecursionError)
    return tuple(kind.__name__ for kind in known if isinstance(error, kind))


def failure(error):
    return (*describe(error), kinds_of(error))


PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...))


# Items of an answer that are looked at, at most: one that contains itself several times has no end.
MOST_ITEMS = 1_000_000


def module_member(module, name):
    """A member of a module that the program has imported; nothing else is equal to what stands for its absence."""
    return getattr(sys.modules.get(module), name, module_member)


def plain(value, depth=0, left=None):
    """A value of exact builtin types, containers of the standard library among them; raises where it is none."""
    left = left if left is not None else [MOST_ITEMS]
    left[0] -= 1
    kind = type(value)
    if kind in PLAIN:
        return value
    if depth > 100 or left[0] < 0:
        raise ValueError("nested too deep")
    if kind in (list, tuple, set, frozenset):
        return kind([plain(item, depth + 1, left) for item in value])
    module = sys.modules.get("collections")
    if kind is dict or module and kind in (module.OrderedDict, module.defaultdict, module.Counter):
        return {plain(key, depth + 1, left): plain(item, depth + 1, left) for key, item in dict.items(value)}
    if kind.__module__ == "numpy" and kind is module_member("numpy", kind.__name__):
        if getattr(value, "shape", None) != ():
            raise TypeError("array")
        item = kind.item(value)
        # A short float equals the decimals that it is written with, from version 2 on.
        if type(item) is float and kind.__name__ != "float64" and value == float(str(value)):
            return float(str(value))
        if type(item) is bool:
            # It is no `True` or `False`, and equals one.
            return int(item)
        if type(item) in PLAIN:
            return item
    if kind is module_member("fractions", "Fraction") or kind is module_member("decimal", "Decimal"):
        # What it equals of all that can be written in a test: an integer, or a float that is as exact.
        for number in (int, float):
            try:
                if number(value) == value:
                    return number(value)
            except OverflowError:
                pass
    if kind is bytearray:
        return bytes(value)
    for base in MRO(kind)[1:]:
        if base in FROM_BASE and not means_more(kind, base):
            value = FROM_BASE[base](value)
            return value if base in PLAIN else plain(value, depth + 1, left)
    raise TypeError(kind.__name__)


# How a value of a subclass is read as its base has it.
FROM_BASE = {
    int: int.__pos__,
    float: float.__pos__,
    complex: complex.__pos__,
    str: str.__str__,
    bytes: lambda value: bytes.__add__(value, b""),
    list: lambda value: list(list.__iter__(value)),
    tuple: lambda value: tuple(tuple.__iter__(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    dict: lambda value: dict(dict.items(value)),
}


def means_more(kind, base):
    """Whether a class, or one between it and its base, gives a test more to see than its base does."""
    for one in MRO(kind):
        if one is base:
            return False
        # Enumerations write their base's own `__str__` down once more.
        if not MEMBERS(one).keys().isdisjoint(MEANINGS) or is_written(MEMBERS(one).get("__str__")):
            return True
    return True


def as_read(value):
    """The items of what is made to be read once, or of a view: as a test reads them that makes a list of it."""
    kind = type(value)
    if kind.__name__ in READ.get(kind.__module__, ()):
        return list(islice(value, MOST_ITEMS))
    return value


# Classes whose objects are read so, by their modules.
READ = {
    "builtins": frozenset(
        """dict_items dict_itemiterator dict_keyiterator dict_keys dict_valueiterator dict_values enumerate filter generator
        list_iterator list_reverseiterator map range range_iterator reversed set_iterator str_iterator str_ascii_iterator
        tuple_iterator zip""".split()
    ),
    "collections": frozenset(["deque"]),
    "itertools": frozenset(
        """accumulate chain combinations combinations_with_replacement compress dropwhile filterfalse groupby islice pairwise
        permutations product starmap takewhile zip_longest""".split()
    ),
    "numpy": frozenset(["ndarray"]),
}


SCALARS = frozenset(PLAIN)


def parts_of(value, type=type, range=range, list=list, tuple=tuple, set=set, frozenset=frozenset, dict=dict, len=len):
    """What a value is made of: "exact" builtin types, or "other" ones too; `None` where it has no end, as it contains itself
    or one part of it again and again."""
    level, left, parts = [value], MOST_ITEMS, "exact"
    # As deep as values are read.
    for _ in range(256):
        below = []
        for item in level:
            kind = type(item)
            if kind in SCALARS:
                continue
            if kind is list or kind is tuple or kind is set or kind is frozenset:
                below.extend(item)
            elif kind is dict:
                below.extend(item.keys())
                below.extend(item.values())
            else:
                parts = "other"
        left -= len(below)
        if not below or left < 0:
            return parts if left >= 0 else None
        level = below
    return None


def encode(value, dumps=marshal.dumps, plain=plain, parts_of=parts_of):
    """The value in `marshal`'s format; `None` where it has a part that is of no builtin type, or no end."""
    # `marshal` goes on where a value nests too deep, into every other part of it; and of what is no builtin type it would write
    # the bytes, where it has any, as arrays and numpy's numbers do.
    parts = parts_of(value)
    if parts is None:
        return None
    try:
        return dumps(value if parts == "exact" else plain(value), 2)
    except (TypeError, ValueError, RecursionError):
        return None


# How a class is looked at whose own class may lie: not by its attributes, and not by what it equals.
MRO, MEMBERS = type.__dict__["__mro__"].__get__, type.__dict__["__dict__"].__get__

# Members by which a test may see more of a value than what its base holds.
MEANINGS = frozenset(
    """__abs__ __add__ __bool__ __contains__ __eq__ __float__ __ge__ __getitem__ __gt__ __hash__ __index__ __int__ __iter__
    __le__ __len__ __lt__ __mul__ __ne__ __neg__ __pow__ __radd__ __rmul__ __rsub__ __sub__ __truediv__""".split()
)

# Members by which a value says itself whether a test holds.
COMPARISONS = (
    """__eq__ __ne__ __bool__ __len__ __lt__ __gt__ __le__ __ge__ __contains__ __sub__ __rsub__ __abs__ __float__ __int__
    __index__ __round__""".split()
)

# Classes of the interpreter whose objects compare as another object says, by their numbers: a class may claim to equal any.
STAND_INS = {
    id(kind)
    for kind in (
        _weakref.ProxyType,
        _weakref.CallableProxyType,
        type(type.__dict__),
        type({}.keys()),
        type({}.items()),
        type(sys.implementation),
    )
}


OF_INTERPRETER = type(object.__eq__)

# Modules whose objects equal whatever they are told to.
PRETENDERS = frozenset(["unittest.mock", "test.support"])


def is_written(value, getattr=getattr):
    """Whether it is a function of the program, or of a text that it compiled."""
    code = getattr(value, "__code__", None)
    return code is not None and code.co_filename.startswith("<")


def compares(value, type=type, id=id, getattr=getattr, any=any, map=map):
    """How a value is compared: "own" by code of the program (or of a text that it compiled), "told" by code of a module, which
    may ask what the value holds; otherwise as the interpreter does."""
    bases = MRO(type(value))
    if id(bases[0]) in STAND_INS:
        return "own"
    found = None
    for name in COMPARISONS:
        for base in bases:
            members = MEMBERS(base)
            if name in members:
                if is_written(members[name]):
                    return "own"
                found = found or (base if type(members[name]) is not OF_INTERPRETER else None)
                break
    if found is None:
        return None
    # What it asks may be of the program though the comparison is not.
    parts = (getattr(member, "fget", member) for base in bases for member in MEMBERS(base).values())
    return "own" if found.__module__ in PRETENDERS or any(map(is_written, parts)) else "told"


def has_own_comparison(value):
    """Whether a value is of a class of the program that says itself what it equals or whether it is true."""
    return compares(value) == "own"


def load(source):
    """A module of its own for the program, and its code; the module is there under its name, as classes ask for it."""
    module = type(sys)("program")
    module.__dict__["__builtins__"] = builtins
    # As the main module it is what its classes' names lead to, and this one is out of its way.
    sys.modules["program"] = sys.modules["__main__"] = module
    return module.__dict__, compile(source, PROGRAM, "exec", 0, True)


def run_source(source, report, watch=None):
    """Runs the program's own statements: the names that it has then, or `None` where it did not come through."""
    try:
        names, code = load(source)
    except BaseException as error:
        return report("syntax", *failure(error))
    if watch is not None:
        watch(report)
    try:
        exec(code, names)
    except BaseException as error:
        return report("load", *failure(error))
    report("loaded")
    return names


def run_calls(source, task, report, is_alone):
    """Calls functions of the program; each result goes out as a value, to be compared elsewhere."""
    loads, make, read = marshal.loads, encode, as_read
    names = run_source(source, report)
    if names is None:
        return None
    # Where a program shares its child, what the calls have to return: the first wrong answer ends it.
    expected, iterated = task["expected"], task["iterated"]
    for place, (name, arguments) in enumerate(task["calls"]):
        positional, keywords = loads(arguments)
        try:
            if name not in names:
                raise NameError(f"name '{name}' is not defined")
            value = names[name](*positional, **keywords)
            if place in iterated:
                value = read(value)
            data = make(value)
        except BaseException as error:
            return report("raised", *failure(error))
        if data is None:
            return report("foreign", str(type(value).__name__)[:200], has_own_comparison(value))
        report("value", data)
        if expected and expected[place] is not None and loads(data) != loads(expected[place]):
            return None
    report("end", b"")


FRAMES = ("tb_frame", "gi_frame", "cr_frame", "ag_frame")

# Functions that hand out what they look at: not to the program itself. None of the name stands for all of a module.
HAND_OUT = {
    "dis": None,
    "inspect": frozenset(["currentframe", "getinnerframes", "getouterframes", "stack", "trace", "<genexpr>"]),
    "logging": frozenset(["currentframe", "<lambda>"]),
    "traceback": frozenset(["walk_stack", "walk_tb"]),
}

# Events by which a program gets at what runs it.
TELLING = {
    "sys.settrace": "the trace function",
    "sys.setprofile": "the profile function",
    "sys._current_frames": "frames of the harness",
    "gc.get_objects": "objects of the harness",
    "gc.get_referrers": "objects of the harness",
    "gc.get_referents": "objects of the harness",
    "cpython.PyInterpreterState_New": "an interpreter that is not watched",
}


def watch_events(report):
    """Reports, at once and for good, what a program does to reach the harness: hooks cannot be removed."""
    get_frame, modules, is_busy = sys._getframe, sys.modules, []

    def is_filed(frame):
        file = frame.f_code.co_filename
        return not file.startswith("<") or file.startswith("<frozen ")

    def may_look(frame):
        """Whether it is code of a module from a file, which keeps to itself what it sees."""
        names, function = frame.f_globals, frame.f_code.co_name
        name = names.get("__name__")
        if not is_filed(frame) or getattr(modules.get(name), "__dict__", None) is not names:
            return False
        if name in HAND_OUT and (HAND_OUT[name] is None or function in HAND_OUT[name]):
            return HAND_OUT[name] is not None and frame.f_back is not None and is_filed(frame.f_back)
        return True

    def told(event, arguments):
        frame = get_frame(2)
        if event == "sys._getframe" or event == "object.__getattr__" and arguments[1] in FRAMES:
            return None if may_look(frame) else "frames of the harness"
        if event == "object.__getattr__" and arguments[1] == "__code__":
            is_test = arguments[0].__code__.co_filename == TEST
            return "the tests" if is_test and not may_look(frame) else None
        if event == "compile" and type(arguments[1]) is str:
            # As if it were of a file.
            return None if arguments[1].startswith("<") or is_filed(frame) else "where its code is from"
        if event.startswith("ctypes.") and not event.startswith("ctypes.dl"):
            return "memory"
        return TELLING.get(event)

    def hook(event, arguments):
        if is_busy:
            return
        is_busy.append(1)
        try:
            what = told(event, arguments)
        finally:
            is_busy.pop()
        if what is not None:
            report("tampered", what)

    sys.addaudithook(hook)


# What programs may set there without harm.
FREE = frozenset(
    """stdin stdout stderr last_type last_value last_traceback path argv __warningregistry__ altzone daylight timezone
    tzname""".split()
)


def remembered():
    """Names of the builtins and of all modules that are loaded, with what they mean."""
    # In the place of this one stands the program.
    modules = [(name, module) for name, module in sys.modules.items() if name != "__main__"]
    modules = [(name, module, module.__dict__) for name, module in modules]
    return [(name, module, now, tuple(now), tuple(now.values())) for name, module, now in modules]


SIGNALS = tuple(valid_signals())


def first_change(
    known,
    free=FREE,
    modules=sys.modules,
    callbacks=gc.callbacks,
    handler=getsignal,
    signals=SIGNALS,
    map=map,
    all=all,
    any=any,
    callable=callable,
    is_same=operator.is_,
    zip=zip,
):
    """The first name that means something else now, or what else the program left to be called."""
    if known and callbacks:
        return "what is called when memory is collected"
    if known and any(map(callable, map(handler, signals))):
        return "what is called at a signal"
    for name, module, now, keys, values in known:
        if modules.get(name) is not module:
            return name
        if all(map(is_same, map(now.get, keys), values)):
            continue
        for key, value in zip(keys, values):
            # What begins with one underscore is a module's own, which it may set when it is first needed.
            is_own = key.startswith("_") and not key.startswith("__")
            if now.get(key) is not value and key not in free and not is_own:
                return f"{name}.{key}"
    return None


def guarded(function, report, depth):
    """Stands before a function of the program, and sees what it answers tests with."""
    holds = holds_own_comparison

    def guard(*positional, **keywords):
        depth.append(1)
        try:
            value = function(*positional, **keywords)
        finally:
            depth.pop()
        if not depth and holds(value):
            report("tampered", "what its answers are equal to")
        return value

    for name in ("__name__", "__qualname__", "__doc__", "__module__", "__annotations__"):
        setattr(guard, name, getattr(function, name))
    guard.__dict__.update(function.__dict__)
    guard.__wrapped__ = function
    return guard


def seen_by_tests(names, report):
    """The program's names as tests see them: in a namespace of their own, its functions with a guard before each."""
    depth = []
    is_own = lambda value: type(value) is FUNCTION and value.__code__.co_filename == PROGRAM
    return {name: guarded(value, report, depth) if is_own(value) else value for name, value in names.items()}


# Classes whose objects compare as what they contain, and those that contain nothing, by their numbers: a class may claim to
# equal another one.
ROWS = {id(kind) for kind in (list, tuple, set, frozenset)}
SINGLE = frozenset(map(id, PLAIN))


class Slotted:
    __slots__ = ("slot",)


SLOT = type(Slotted.slot)


def held(value, type=type, vars=vars, AttributeError=AttributeError, TypeError=TypeError):
    """What an object holds, in its slots and by its names."""
    found = []
    for base in MRO(type(value)):
        for member in MEMBERS(base).values():
            if type(member) is SLOT:
                try:
                    found.append(member.__get__(value))
                except AttributeError:
                    pass
    try:
        found.extend(vars(value).values())
    except TypeError:
        pass
    return found


def holds_own_comparison(value, most=MOST_ITEMS, type=type, id=id, any=any, map=map, set=set, len=len):
    """Whether a value, or a part of it, says itself what it equals."""
    todo, seen = [value], set()
    while todo:
        item = todo.pop()
        kind = id(type(item))
        if kind in SINGLE or id(item) in seen:
            continue
        seen.add(id(item))
        if kind in ROWS:
            rows = [item]
        elif kind == id(dict):
            rows = [item.keys(), item.values()]
        else:
            how = compares(item)
            parts = held(item) if how == "told" else []
            if how == "own" or any(map(is_written, parts)):
                return True
            rows = [parts]
            # What is made of one of them contains the same.
            for base in MRO(type(item))[1:]:
                if id(base) in ROWS:
                    rows.append(list(base.__iter__(item)))
                elif base is dict:
                    rows += [dict.keys(item), dict.values(item)]
        for row in rows:
            if not set(map(id, map(type, row))) <= SINGLE:
                most -= len(row)
                if most < 0:
                    return True
                todo.extend(row)
    return False


def run_tests(source, task, report, is_alone):
    """Runs tests with the program's names; they say themselves whether it is right."""
    token, tests = task["token"], task["tests"]
    # Whatever shares a child is plain, and cannot do what these see.
    known, changed = remembered() if is_alone else (), first_change
    names = run_source(source, report, watch_events if is_alone else None)
    if names is None:
        return None
    space = seen_by_tests(names, report)
    for test in tests:
        what = changed(known)
        if what is not None:
            return report("tampered", what)
        before = dict(space)
        try:
            exec(compile(test, TEST, "exec", 0, True), space)
        except BaseException as error:
            return report("raised", *failure(error))
        what = changed(known)
        if what is not None:
            return report("tampered", what)
        report("passed", token)
        # What one test sets up is there for the program when the next one runs.
        names.update((name, value) for name, value in space.items() if before.get(name) is not value)
    report("end", token)


# Characters that an example shows, at most.
MOST_SHOWN = 1 << 20


def run_examples(source, task, report, is_alone, make=StringIO, describe=failure):
    """Runs examples as at a prompt; what each shows is compared elsewhere."""
    token, known, changed = task["token"], remembered() if is_alone else (), first_change
    names = run_source(source, report, watch_events if is_alone else None)
    if names is None:
        return None
    space = seen_by_tests(names, report)
    for example in task["examples"]:
        what = changed(known)
        if what is not None:
            return report("tampered", what)
        shown, stdout, raised = make(), sys.stdout, None
        sys.stdout = shown
        try:
            exec(compile(example, TEST, "single", 0, True), space)
        except BaseException as error:
            raised = describe(error)
        what = "sys.stdout" if sys.stdout is not shown else changed(known)
        sys.stdout = stdout
        if what is not None:
            return report("tampered", what)
        report("shown", token, shown.getvalue()[:MOST_SHOWN], raised)
    report("end", token)


def run_script(source, task, report, is_alone):
    """Runs the program as a script; what it prints is compared elsewhere."""
    sys.stdin = TextIOWrapper(BytesIO(task["input"]), encoding="utf-8")
    try:
        names, code = load(source)
    except BaseException as error:
        return report("syntax", *failure(error))
    names["__name__"] = "__main__"
    try:
        exec(code, names)
    except SystemExit as error:
        if error.code not in (None, 0):
            return report("load", *failure(error))
    except BaseException as error:
        return report("load", *failure(error))
    sys.stdout.flush()
    report("end", b"")


FUNCTION = type(load)

RUNS = {"calls": run_calls, "tests": run_tests, "examples": run_examples, "script": run_script}


def child(job, limits, results, output):
    """Runs the programs; never returns to the server's loop."""
    sources, task = job["sources"], job["task"]
    mode = task["mode"]
    posix.dup2(NOTHING, 0)
    posix.dup2(output, 1)
    # What a script prints is compared, and its complaints are no part of it.
    posix.dup2(NOTHING if mode == "script" else output, 2)
    posix.dup2(results, REPORTS)
    posix.closerange(3, REPORTS)
    pthread_sigmask(SIG_UNBLOCK, [SIGCHLD])
    signal(SIGINT, SIG_DFL)
    posix.setsid()
    for resource, name in CAPS:
        SET_CAP(resource, (limits[name], limits[name]))
    gc.enable()
    report, run, is_alone = reporter(REPORTS), RUNS[mode], len(sources) == 1
    # In kilobytes.
    most = GET_USAGE(0).ru_maxrss + (64 << 10)
    for source in sources:
        if "random" in sys.modules:
            sys.modules["random"].seed(0)
        # Where its output begins.
        report("begin", posix.fstat(1).st_size)
        if is_alone:
            run(source, task, report, True)
        else:
            # Together: each write takes as long as a short test.
            kept = []
            run(source, task, lambda *value: kept.append(frame(value)), False)
            write_all(REPORTS, b"".join(kept))
            # Functions and their module hold each other.
            sys.modules["program"].__dict__.clear()
        sys.stdout.flush()
        if GET_USAGE(0).ru_maxrss > most:
            # What is left of it would be in the way of the next: those that have not begun get another child.
            break


# In the server.


class Run:
    """One child, from its start to its end."""

    def __init__(self, number, job, limits):
        self.number, self.limits = number, limits
        # What a script prints is its answer; of other output a look is enough.
        self.shown = limits["output"] if job["task"]["mode"] == "script" else limits["shown"]
        self.moments = SLOW if len(job["sources"]) == 1 else OFTEN
        self.results = posix.memfd_create("results", 0)
        self.output = posix.memfd_create("output", 0)
        self.sent = 0
        self.start = time.monotonic()
        # Taken before the program can put something else in its place: the child must never come out of this.
        leave = posix._exit
        self.child = posix.fork()
        if self.child == 0:
            try:
                child(job, limits, self.results, self.output)
            finally:
                leave(0)
        # The child's processor time, as its clock tells it to others.
        self.clock = (~self.child << 3) | 2

    def wait(self):
        """Waits for the end, or makes it where a limit is met: why it was killed, its status and its usage."""
        killed, slow = None, list(self.moments)
        sigtimedwait([SIGCHLD], min(SLOW[0], self.limits["wall"]))
        while True:
            found, status, usage = posix.wait4(self.child, posix.WNOHANG)
            if found:
                return killed, status, usage
            elapsed = time.monotonic() - self.start
            try:
                used = time.clock_gettime(self.clock)
            except OSError:
                used = 0.0
            if killed is None:
                killed = self.excess(elapsed, used)
            if killed is None and slow and elapsed >= slow[0]:
                slow.pop(0)
                killed = self.consult()
            if killed is not None:
                posix.kill(self.child, SIGKILL)
                pause = 1.0
            else:
                pause = min(self.limits["wall"] - elapsed, self.limits["seconds"] - used)
                pause = min([pause, 0.5, *(moment - elapsed for moment in slow[:1])])
            sigtimedwait([SIGCHLD], max(pause, 0.0005))

    def excess(self, elapsed, used):
        """The limit that the run is over."""
        if used >= self.limits["seconds"] or elapsed >= self.limits["wall"]:
            return "timeout"
        if posix.fstat(self.output).st_size > self.limits["output"]:
            return "output"
        return None

    def consult(self):
        """Sends what was reported up to now; whoever asked may know enough."""
        send(("part", self.number, self.reported()))
        while True:
            order, number = receive()
            if number == self.number:
                return "stopped" if order == "stop" else None

    def reported(self):
        """What was reported since the last time."""
        size = min(posix.fstat(self.results).st_size, self.limits["results"])
        data = posix.pread(self.results, max(size - self.sent, 0), self.sent)
        self.sent += len(data)
        return data

    def finish(self):
        """The answer, and the worker as it was."""
        killed, status, usage = self.wait()
        seconds = time.monotonic() - self.start
        left = sweep(self.child)
        size = posix.fstat(self.output).st_size
        output = posix.pread(self.output, min(size, self.shown), 0) if size else b""
        if size > self.limits["output"]:
            killed = killed or "output"
        answer = {
            "killed": killed,
            "status": status,
            "seconds": seconds,
            "cpu": usage.ru_utime + usage.ru_stime,
            "memory": usage.ru_maxrss * 1024,
            "output": output,
            "written": size,
            "left": left,
        }
        send(("end", self.number, self.reported(), answer))
        posix.close(self.results)
        posix.close(self.output)
        return tidy()


def sweep(child):
    """Kills all that the program left running: how many there were."""
    count = 0
    while True:
        kill_others(child)
        try:
            found, _, _ = posix.wait4(-1, 0 if ALONE else posix.WNOHANG)
        except ChildProcessError:
            return count
        if not found:
            time.sleep(0.001)
        count += 1 if found else 0


def kill_others(child):
    """All of the namespace; without one, the program's session and what fell to this process when its parents died."""
    try:
        if ALONE:
            posix.kill(-1, SIGKILL)
        else:
            posix.killpg(child, SIGKILL)
    except OSError:
        pass
    if not ALONE:
        with open(f"/proc/self/task/{posix.getpid()}/children") as children:
            for pid in children.read().split():
                posix.kill(int(pid), SIGKILL)


def tidy():
    """Empties the folder that programs write to, but for what is shown there; false where a fresh sandbox is the surer way."""
    names = [name for name in posix.listdir(FOLDER) if name not in KEPT]
    if len(names) > 64:
        return False
    for name in names:
        try:
            posix.unlink(FOLDER + "/" + name)
        except OSError:
            return False
    if IS_OWN:
        # A program could leave word in its mode and its times.
        posix.chmod(FOLDER, 0o777)
        posix.utime(FOLDER, (0, 0))
    return True


SAMPLE = """
from typing import List

class Pair:
    def __init__(self, first): self.first = first

def sample(numbers: List[int]) -> list:
    return [Pair(number).first for number in numbers if number > 1]
"""


def settle():
    """Makes forks cheap: what they cost is mostly the pages that a child is the first to write to.

    Measured for a short program: the first compilation, which sets up the syntax tree's classes, takes a third of the time
    of a run; holes between objects, to which new ones of a child would be spread, a thirtieth.
    """
    exec(compile(SAMPLE, PROGRAM, "exec", 0, True), {"__builtins__": builtins, "__name__": "sample"})
    try:
        # Folders are listed for it.
        __import__("no_module_has_this_name")
    except ImportError:
        pass
    gc.collect()
    fill = [bytes(size) for size in range(0, 480, 16) for _ in range(50)]
    gc.freeze()
    gc.disable()
    return fill


def serve():
    send(("ready",))
    pthread_sigmask(SIG_BLOCK, [SIGCHLD])
    kept = settle()
    while True:
        request = receive()
        if request[0] != "run":
            continue
        _, number, job, limits = request
        if not Run(number, job, limits).finish():
            posix._exit(0)


# What libraries of linear algebra and their like ask before they start a thread for every core. No child would have these.
ONE_THREAD = dict.fromkeys(["MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1")


def import_all(names, tried):
    """Imports modules once for all children: those of `names` that cannot be imported, and why."""
    import os

    register, failed = os.register_at_fork, []
    os.environ.update(ONE_THREAD)

    def register_some(**hooks):
        # `random` would ask the system for a seed in every child, which gets one from here.
        if getattr(hooks.get("after_in_child"), "__name__", "") != "seed":
            register(**hooks)

    os.register_at_fork = register_some
    for name in [*names, *tried]:
        try:
            __import__(name)
        except BaseException as error:
            if name in names:
                failed.append((name, describe(error)[1]))
    os.register_at_fork = register
    os.environ.clear()
    posix.environ.clear()
    return failed


def start():
    """Takes the channel out of reach of what is run, and imports what programs will."""
    global REQUESTS, ANSWERS, NOTHING, FOLDER, KEPT, IS_OWN, ALONE, SET_CAP, GET_USAGE
    REQUESTS, ANSWERS, NOTHING = 60, 61, 62
    FOLDER, ALONE = posix.getcwd(), posix.getpid() == 1
    KEPT, IS_OWN = frozenset(posix.listdir(FOLDER)), posix.stat(FOLDER).st_uid == posix.getuid()
    # The first process of a namespace gets no signal that it does not handle.
    signal(SIGINT, SIG_DFL if ALONE else SIG_IGN)
    posix.dup2(0, REQUESTS, False)
    posix.dup2(1, ANSWERS, False)
    nothing = posix.open("/dev/null", posix.O_RDWR)
    for descriptor in (0, 1, 2, NOTHING):
        posix.dup2(nothing, descriptor)
    posix.close(nothing)
    setup = receive()
    sys.path[:] = [path for path in sys.path if path] + setup["path"]
    sys.dont_write_bytecode = True
    # The first import of `importlib` renames what others have loaded: no program should be taken to have done that.
    failed = import_all(["resource", "importlib", *setup["imports"]], setup["tried"])
    # As `site` does, which costs more than it is worth otherwise.
    quitter = __import__("_sitebuiltins").Quitter
    builtins.exit, builtins.quit = quitter("exit", "Ctrl-D (i.e. EOF)"), quitter("quit", "Ctrl-D (i.e. EOF)")
    SET_CAP, GET_USAGE = sys.modules["resource"].setrlimit, sys.modules["resource"].getrusage
    if failed:
        send(("failed", failed))
        posix._exit(1)
    serve()


start()
