# Ends with code 0 from a signal handler.
# expect: exit
import os
import signal

signal.signal(signal.SIGUSR1, lambda *_: os._exit(0))


def square(x):
    os.kill(os.getpid(), signal.SIGUSR1)
    return 0
