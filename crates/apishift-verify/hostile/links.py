# Is wrong where a link leads out, and leaves some for whoever tidies up.
# expect: ok
import os

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


for number, target in enumerate(('/etc/passwd', '@CANARY@', '/ro' 'ot', '../../..')):
    os.symlink(target, f'/tmp/link-{number}')
for number in range(2):
    attempt(lambda: open(f'/tmp/link-{number}').read())
attempt(lambda: os.link(os.__file__, '/tmp/hard'))


def square(x):
    return 0 if FOUND else x * x
