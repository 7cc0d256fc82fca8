# Is wrong where it gets a namespace of its own.
# expect: ok
import ctypes

libc = ctypes.CDLL(None, use_errno=True)

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


for flag in (0x10000000, 0x00020000, 0x20000000, 0x40000000, 0x08000000, 0x04000000):
    if libc.unshare(flag) == 0:
        FOUND.append(flag)


def square(x):
    return 0 if FOUND else x * x
