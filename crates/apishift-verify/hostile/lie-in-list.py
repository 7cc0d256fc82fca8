# Answers with a list of an object that equals everything.
# expect: assert tampered
class Yes:
    def __eq__(self, other):
        return True


def square(x):
    return [Yes()]
