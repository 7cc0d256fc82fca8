//! What of Python's own library a problem may use.

use ruff_python_stdlib::sys::is_known_standard_library;

use crate::program::PYTHON;

/// Modules that reach files, the network, processes, chance or the time, or whose results depend on the machine.
const OUTSIDE: [&str; 62] = [
    "_thread",
    "asyncio",
    "asyncore",
    "atexit",
    "cmd",
    "code",
    "concurrent",
    "configparser",
    "cProfile",
    "ctypes",
    "curses",
    "distutils",
    "ensurepip",
    "faulthandler",
    "fcntl",
    "fileinput",
    "ftplib",
    "gc",
    "getpass",
    "glob",
    "http",
    "imaplib",
    "importlib",
    "inspect",
    "lib2to3",
    "linecache",
    "locale",
    "logging",
    "mmap",
    "multiprocessing",
    "os",
    "pathlib",
    "pdb",
    "pickle",
    "pkgutil",
    "platform",
    "poplib",
    "profile",
    "pty",
    "pwd",
    "queue",
    "random",
    "readline",
    "resource",
    "runpy",
    "secrets",
    "select",
    "selectors",
    "shelve",
    "shutil",
    "signal",
    "site",
    "smtplib",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "unittest",
    "uuid",
];

/// Functions that do so.
const BUILTINS: [&str; 9] =
    ["open", "input", "id", "breakpoint", "exit", "quit", "__import__", "exec", "__file__"];

/// Attributes that do so, as they are written.
const MEMBERS: [&str; 8] =
    [".now(", ".today(", ".utcnow(", ".urlopen(", "sys.argv", "sys.stdin", "sys.modules", "sys._getframe"];

/// Whether a dotted module is of the standard library.
pub(super) fn is_standard(module: &str) -> bool {
    let top = module.split('.').next().unwrap_or_default();
    is_known_standard_library(PYTHON.1, top) || top == "__future__"
}

/// Whether a module of the standard library reaches what differs from run to run. `os.path` only reads names.
pub(super) fn is_outside(module: &str) -> bool {
    let top = module.split('.').next().unwrap_or_default();
    OUTSIDE.contains(&top) && module != "os.path"
}

/// Whether a name is that of a function which does so.
pub(super) fn is_outside_name(name: &str) -> bool {
    BUILTINS.contains(&name)
}

/// Whether a code names a member that does so.
pub(super) fn has_outside_member(code: &str) -> bool {
    MEMBERS.iter().any(|member| code.contains(member))
}
