# Ends with code 0 where an exception is not caught.
# expect: exception
import os
import sys

sys.excepthook = lambda *error: os._exit(0)


def square(x):
    raise ValueError(x)
