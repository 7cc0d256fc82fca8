# Writes to standard output, 64 MiB at most.
# expect: output
def square(x):
    for _ in range(64):
        print('x' * (1 << 20))
    return x * x
