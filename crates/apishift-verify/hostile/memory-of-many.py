# Has children that take memory together, 1 GiB at most.
# expect: memory crash
import os
import time


def square(x):
    for _ in range(8):
        if os.fork() == 0:
            block = b'x' * (1 << 27)
            time.sleep(5)
            os._exit(0)
    time.sleep(5)
    return x * x
