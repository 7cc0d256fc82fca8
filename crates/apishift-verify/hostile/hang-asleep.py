# Sleeps.
# expect: timeout
import time


def square(x):
    time.sleep(60)
    return x * x
