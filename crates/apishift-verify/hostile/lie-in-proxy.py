# Answers with a weak proxy of an object that equals everything.
# expect: assert tampered
import weakref


class Anything:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


KEPT = Anything()


def square(x):
    return weakref.proxy(KEPT)
