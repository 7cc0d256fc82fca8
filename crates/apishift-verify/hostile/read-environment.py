# Is wrong where it finds something in the environment.
# expect: ok
import os

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


if set(os.environ) - {'LC_CTYPE'}:
    FOUND.append(1)
attempt(lambda: open('/proc/self/environ').read())
attempt(lambda: open('/proc/1/environ').read())


def square(x):
    return 0 if FOUND else x * x
