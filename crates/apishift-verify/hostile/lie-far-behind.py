# Answers with very many harmless objects and one that equals everything, where it is looked at last.
# expect: assert tampered
class Anything:
    def __eq__(self, other):
        return True


class Row(tuple):
    pass


def square(x):
    return Row([Anything(), *[0] * 5000]) if x > 3 else type('Number', (), {'__eq__': Anything.__eq__})()
