# Asks for a tebibyte.
# expect: memory
def square(x):
    return len(bytearray(1 << 40))
