# Is wrong where it gets at a device.
# expect: ok
import os

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


for path in ('/dev/sda', '/dev/vda', '/dev/mem', '/dev/kmsg', '/dev/ptmx'):
    attempt(lambda: open(path, 'rb').read(1))
attempt(lambda: os.mknod('/tmp/device', 0o60600, os.makedev(8, 0)))


def square(x):
    return 0 if FOUND else x * x
