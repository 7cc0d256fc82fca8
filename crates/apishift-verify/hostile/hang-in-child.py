# Waits for a child that never ends.
# expect: timeout
import os
import time


def square(x):
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    os.waitpid(child, 0)
    return x * x
