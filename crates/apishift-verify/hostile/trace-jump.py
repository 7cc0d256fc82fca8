# Sets a trace function that skips what follows.
# expect: assert
import sys


def skip(frame, event, argument):
    frame.f_trace_lines = False
    return None


sys.settrace(skip)

def square(x):
    return 0
