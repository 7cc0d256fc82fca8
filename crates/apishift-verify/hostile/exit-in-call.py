# Ends with code 0 in the middle of a test.
# expect: exit
import os


def square(x):
    os._exit(0)
