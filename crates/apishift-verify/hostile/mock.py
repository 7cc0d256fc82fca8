# An object of the standard library that equals everything.
# expect: assert tampered
from unittest.mock import ANY


def square(x):
    return ANY
