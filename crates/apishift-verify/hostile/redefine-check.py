# Defines the checker itself.
# expect: assert
def check(candidate):
    return True


METADATA = {}

def square(x):
    return 0
