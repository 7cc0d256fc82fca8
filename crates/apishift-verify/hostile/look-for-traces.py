# Is wrong where it finds what another program left.
# expect: ok
import math
import os
import sys

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


if os.listdir('/tmp') or os.getcwd() != '/tmp' or math.pi == 3 or '/tmp' in sys.path:
    FOUND.append(1)
import typing

mask = os.umask(0o022)
if mask == 0o777 or typing is None:
    FOUND.append(mask)


def square(x):
    return 0 if FOUND else x * x
