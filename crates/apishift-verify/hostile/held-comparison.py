# An object of the standard library that asks what it holds.
# expect: assert tampered
from collections import UserString


class Any:
    def __eq__(self, other):
        return True


def square(x):
    text = UserString("")
    text.data = Any()
    return text
