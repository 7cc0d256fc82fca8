# Kills the process that started it, and is right.
# expect: ok
import os
import signal

for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSTOP):
    try:
        os.kill(os.getppid(), number)
    except OSError:
        pass

def square(x):
    return x * x
