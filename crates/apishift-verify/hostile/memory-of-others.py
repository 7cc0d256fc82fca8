# Is wrong where it can read its parent's memory or descriptors.
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


PROCESS_VM_READV, PIDFD_OPEN, PIDFD_GETFD = 310, 434, 438
buffer = ctypes.create_string_buffer(8)


class Part(ctypes.Structure):
    _fields_ = [('start', ctypes.c_void_p), ('length', ctypes.c_size_t)]


here, there = Part(ctypes.addressof(buffer), 8), Part(ctypes.addressof(buffer), 8)
if libc.syscall(PROCESS_VM_READV, os.getppid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0) > 0:
    FOUND.append(1)
handle = libc.syscall(PIDFD_OPEN, os.getppid(), 0)
if handle >= 0 and libc.syscall(PIDFD_GETFD, handle, 1000, 0) >= 0:
    FOUND.append(2)
attempt(lambda: open(f'/proc/{os.getppid()}/mem', 'rb').read(1))


def square(x):
    return 0 if FOUND else x * x
