# Is wrong where it can write the file that the test put on the host.
# expect: ok
FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


attempt(lambda: open('@CANARY@', 'w').write('x'))


def square(x):
    return 0 if FOUND else x * x
