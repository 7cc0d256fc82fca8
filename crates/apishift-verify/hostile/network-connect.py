# Is wrong where a connection is made.
# expect: ok
import socket

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


for address in (('1.1.1.1', 53), ('127.0.0.1', 22), ('127.0.0.1', @PORT@)):
    attempt(lambda: socket.create_connection(address, 0.2))


def square(x):
    return 0 if FOUND else x * x
