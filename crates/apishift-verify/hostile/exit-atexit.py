# Registers an exit with code 0 for later, and answers wrongly.
# expect: assert
import atexit
import os

atexit.register(os._exit, 0)

def square(x):
    return 0
