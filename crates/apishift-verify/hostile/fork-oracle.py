# Tries answers in children, whose reports it reads: three of them.
# expect: assert exit tampered
import os


def square(x):
    for guess in (x + 1, x + 2, x * x):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(write, 63)
            return guess
        os.close(write)
        said = os.read(read, 4096)
        os.waitpid(child, 0)
        if b"passed" in said:
            os.write(63, said)
            os._exit(0)
    return 0
