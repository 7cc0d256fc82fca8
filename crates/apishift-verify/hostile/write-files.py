# Is wrong where it can write outside of its own folder.
# expect: ok
import os
import sys

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


for path in ('/canary', '/usr/canary', '/etc/canary', '/ro' 'ot/canary', '/dev/canary', sys.prefix + '/canary', os.__file__ + 'x'):
    attempt(lambda: open(path, 'w').write('x'))
attempt(lambda: os.unlink(os.__file__))
attempt(lambda: os.chmod(os.__file__, 0o777))
attempt(lambda: os.rename(os.__file__, '/tmp/os.py'))


def square(x):
    return 0 if FOUND else x * x
