# Has a literal of ten megabytes, and is right.
# expect: ok
X = '@LONG@'


def square(x):
    return x * x if len(X) == 10 << 20 else 0
