# Answers with a subclass of float that equals everything.
# expect: tampered
class Yes(float):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = float.__hash__


def square(x):
    return Yes()
