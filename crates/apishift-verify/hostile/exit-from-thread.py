# Ends with code 0 from a thread while a test waits.
# expect: exit
import os
import threading
import time


def square(x):
    threading.Timer(0.05, os._exit, [0]).start()
    time.sleep(2)
    return 0
