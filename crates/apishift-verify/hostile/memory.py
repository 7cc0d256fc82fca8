# Takes memory, 8 GiB at most.
# expect: memory
def square(x):
    return len([bytearray(1 << 26) for _ in range(128)])
