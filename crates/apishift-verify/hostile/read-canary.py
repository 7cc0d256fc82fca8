# Is wrong where it finds the file that the test put on the host.
# expect: ok
FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


attempt(lambda: open('@CANARY@').read())
attempt(lambda: open('/proc/1/root@CANARY@').read())


def square(x):
    return 0 if FOUND else x * x
