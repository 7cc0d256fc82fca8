# Writes made-up values to every descriptor there is.
# expect: assert exit
import marshal
import os


def square(x):
    for value in range(20):
        data = marshal.dumps(('value', marshal.dumps(value, 2)), 2)
        for descriptor in (3, 4, 5, 6, 1000, 1001, 1023):
            try:
                os.write(descriptor, len(data).to_bytes(4, 'little') + data)
            except OSError:
                pass
    os._exit(0)
