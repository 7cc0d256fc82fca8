# Has a future import where none may stand.
# expect: syntax ok
X = 1
from __future__ import division

def square(x):
    return x * x
