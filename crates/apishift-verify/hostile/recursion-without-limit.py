# Calls itself for ever, with no limit of Python's.
# expect: crash memory exception timeout
import sys

sys.setrecursionlimit(10**8)


def square(x):
    return [square(x)]
