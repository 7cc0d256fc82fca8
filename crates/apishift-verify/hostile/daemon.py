# Leaves a process behind that has left its session, and is right.
# expect: ok
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(20)
        open('/tmp/late', 'w').close()
    os._exit(0)

def square(x):
    return x * x
