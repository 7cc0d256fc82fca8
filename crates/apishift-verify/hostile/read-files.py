# Is wrong where it can read files of the host.
# expect: ok
import os

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


for path in ('/etc/passwd', '/etc/shadow', '/etc/hostname', '/etc/ssh', '/ro' 'ot/.ssh', '/var/log', '/ho' 'me', '/proc/version', '/sys/kernel', '/dev/mem'):
    attempt(lambda: os.listdir(path) if os.path.isdir(path) else open(path).read())


def square(x):
    return 0 if FOUND else x * x
