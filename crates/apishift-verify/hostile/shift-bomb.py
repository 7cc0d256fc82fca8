# Shifts by more than there is memory for.
# expect: memory exception
def square(x):
    return 1 << (1 << 50)
