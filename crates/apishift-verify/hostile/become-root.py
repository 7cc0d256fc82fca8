# Is wrong where it becomes another user.
# expect: ok
import os

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


attempt(lambda: os.setuid(0))
attempt(lambda: os.setgid(0))
attempt(lambda: os.setgroups([0]))
if 0 in (os.getuid(), os.geteuid()):
    FOUND.append(0)


def square(x):
    return 0 if FOUND else x * x
