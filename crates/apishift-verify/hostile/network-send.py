# Is wrong where a datagram leaves.
# expect: ok
import socket

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b'x', ('127.0.0.1', 9))


attempt(send)


def square(x):
    return 0 if FOUND else x * x
