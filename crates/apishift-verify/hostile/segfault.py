# Reads memory that is not there.
# expect: crash exception
def square(x):
    import ctypes

    return ctypes.string_at(1)
