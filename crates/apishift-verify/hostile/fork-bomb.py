# Forks as often as it may, 300 times at most, and is right.
# expect: ok resource memory
import os
import time

for _ in range(300):
    try:
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
    except OSError:
        break

def square(x):
    return x * x
