# Never ends, and ignores every signal that can be ignored.
# expect: timeout
import signal

for number in signal.valid_signals():
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass


def square(x):
    while True:
        pass
