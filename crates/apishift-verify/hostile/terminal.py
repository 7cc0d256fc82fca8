# Is wrong where it can type into the terminal.
# expect: ok
import fcntl

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


TIOCSTI, TIOCLINUX = 0x5412, 0x541C
for descriptor in (0, 1, 2):
    attempt(lambda: fcntl.ioctl(descriptor, TIOCSTI, b'x'))
    attempt(lambda: fcntl.ioctl(descriptor, TIOCLINUX, b'x'))
attempt(lambda: open('/dev/tty', 'w'))


def square(x):
    return 0 if FOUND else x * x
