# Answers with a subclass of list that equals everything.
# expect: tampered
class Yes(list):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = list.__hash__


def square(x):
    return Yes()
