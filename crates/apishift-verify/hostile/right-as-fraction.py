# Answers rightly, with a number of another class.
# expect: ok
from fractions import Fraction


def square(x):
    return Fraction(x * x)
