# Is wrong where it can raise its own limits.
# expect: ok
import resource

FOUND = []


def attempt(action):
    try:
        FOUND.append(action())
    except BaseException:
        pass


for name in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
    attempt(lambda: resource.setrlimit(name, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))


def square(x):
    return 0 if FOUND else x * x
