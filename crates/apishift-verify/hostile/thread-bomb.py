# Starts as many threads as it may, 300 at most, and is right.
# expect: ok resource exception memory
import threading
import time

for _ in range(300):
    try:
        threading.Thread(target=time.sleep, args=[5], daemon=True).start()
    except RuntimeError:
        break

def square(x):
    return x * x
