# Is wrong where it can mount, unmount or change its root.
# expect: ok
import ctypes

libc = ctypes.CDLL(None, use_errno=True)

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


if libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0 or libc.umount2(b'/tmp', 2) == 0 or libc.chroot(b'/tmp') == 0:
    FOUND.append(1)


def square(x):
    return 0 if FOUND else x * x
