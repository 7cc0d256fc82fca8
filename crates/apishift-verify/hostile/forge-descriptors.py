# Writes the end of a report to every descriptor there is, and leaves.
# expect: exit assert
import marshal
import os


def square(x):
    data = marshal.dumps(('end', b''), 2)
    for descriptor in range(1100):
        try:
            os.write(descriptor, len(data).to_bytes(4, 'little') + data)
        except OSError:
            pass
    os._exit(0)
