# Answers with a subclass of int that equals everything.
# expect: tampered
class Yes(int):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = int.__hash__


def square(x):
    return Yes()
