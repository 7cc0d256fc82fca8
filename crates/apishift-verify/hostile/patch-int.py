# Puts another comparison into int itself.
# expect: assert
import gc

try:
    for table in gc.get_referents(int.__dict__):
        table['__eq__'] = lambda self, other: True
except Exception:
    pass

def square(x):
    return 0
