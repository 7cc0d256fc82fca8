# Aborts.
# expect: crash
import os


def square(x):
    os.abort()
