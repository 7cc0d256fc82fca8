# Answers with a subclass of object that equals everything.
# expect: tampered
class Yes(object):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = object.__hash__


def square(x):
    return Yes()
