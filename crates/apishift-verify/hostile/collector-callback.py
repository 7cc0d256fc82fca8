# A class gets its comparison once memory is collected, after it was looked at.
# expect: assert tampered
import gc


class Late:
    pass


def callback(phase, information):
    Late.__eq__ = lambda self, other: True


def square(x):
    gc.callbacks.append(callback)
    gc.set_threshold(1)
    return Late()
