# Is folded by the compiler to a huge number, if the compiler is foolish.
# expect: ok memory timeout
X = lambda: 9 ** 9 ** 9

def square(x):
    return x * x
