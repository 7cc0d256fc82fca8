# Is wrong where it can hold its parent.
# expect: ok
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
for request in (PTRACE_ATTACH, PTRACE_SEIZE):
    if libc.ptrace(request, os.getppid(), None, None) == 0:
        FOUND.append(1)


def square(x):
    return 0 if FOUND else x * x
