# Is wrong where it gets a socket that speaks to the kernel or the host.
# expect: ok
import socket

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


for family in (16, 17, 38, 40, 31, 29):
    attempt(lambda: socket.socket(family, socket.SOCK_RAW))
    attempt(lambda: socket.socket(family, socket.SOCK_STREAM))


def square(x):
    return 0 if FOUND else x * x
