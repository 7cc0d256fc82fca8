# Kills all processes that it may, and is right.
# expect: ok
import os
import signal

try:
    os.kill(-1, signal.SIGKILL)
except OSError:
    pass

def square(x):
    return x * x
