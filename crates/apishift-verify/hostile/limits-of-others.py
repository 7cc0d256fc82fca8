# Is wrong where it can change what its parent may use.
# expect: ok
import os
import resource

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


attempt(lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1)))
attempt(lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19))
attempt(lambda: os.sched_setaffinity(os.getppid(), {0}))


def square(x):
    return 0 if FOUND else x * x
