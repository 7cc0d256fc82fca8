# Walks the frames to the function that reports, and reports the end.
# expect: exit assert
import os
import sys


def square(x):
    frame = sys._getframe()
    while frame is not None:
        report = frame.f_locals.get('report')
        if report is not None:
            report('end', b'')
            os._exit(0)
        frame = frame.f_back
    return 0
