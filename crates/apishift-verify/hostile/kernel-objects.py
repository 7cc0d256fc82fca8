# Is wrong where it can make objects that outlive it.
# expect: ok
import ctypes

libc = ctypes.CDLL(None, use_errno=True)

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


SHMGET, SEMGET, MSGGET, ADD_KEY, KEYCTL, IO_URING_SETUP, BPF, PERF = 29, 64, 68, 248, 250, 425, 321, 298
for call, arguments in ((SHMGET, (7, 4096, 0o1666)), (SEMGET, (7, 1, 0o1666)), (MSGGET, (7, 0o1666)), (KEYCTL, (0, -3, 1)), (IO_URING_SETUP, (4, None)), (PERF, (None, 0, -1, -1, 0))):
    if libc.syscall(call, *arguments) >= 0:
        FOUND.append(call)


def square(x):
    return 0 if FOUND else x * x
