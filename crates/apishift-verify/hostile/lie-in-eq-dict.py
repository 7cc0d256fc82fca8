# Answers with a subclass of dict that equals everything.
# expect: tampered
class Yes(dict):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = dict.__hash__


def square(x):
    return Yes()
