# Becomes another program that ends with code 0.
# expect: exit
import os


def square(x):
    os.execve('/usr/bin/true', ['true'], {})
