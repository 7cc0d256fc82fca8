# Names its own class as a builtin one.
# expect: assert tampered
class Yes(int):
    __class__ = int

    def __eq__(self, other):
        return True


def square(x):
    return Yes()
