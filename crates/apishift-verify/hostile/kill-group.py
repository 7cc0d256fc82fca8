# Kills its process group.
# expect: crash
import os
import signal


def square(x):
    os.killpg(0, signal.SIGKILL)
