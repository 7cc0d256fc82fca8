# Answers with an object of a class that claims to equal `list`, so that it is taken for one.
# expect: assert tampered
class Meta(type):
    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return hash(list)

    @property
    def __mro__(cls):
        return (list, object)


class Row(metaclass=Meta):
    def __iter__(self):
        return iter(())

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


def square(x):
    return Row()
