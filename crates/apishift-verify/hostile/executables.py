# Is wrong where it can execute what it wrote.
# expect: ok
import os
import subprocess

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


with open('/tmp/run', 'w') as file:
    file.write('#!/bin/sh\nexit 0\n')
os.chmod('/tmp/run', 0o755)
attempt(lambda: subprocess.check_call(['/tmp/run']))


def square(x):
    return 0 if FOUND else x * x
