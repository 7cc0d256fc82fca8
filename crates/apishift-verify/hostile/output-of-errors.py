# Writes to standard error, 64 MiB at most.
# expect: output
import sys


def square(x):
    for _ in range(64):
        sys.stderr.write('x' * (1 << 20))
    return x * x
