# Cuts the file of reports, and writes it anew.
# expect: exit assert
import marshal
import os


def square(x):
    data = marshal.dumps(('end', b''), 2)
    for descriptor in range(3, 1100):
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, len(data).to_bytes(4, 'little') + data, 0)
        except OSError:
            pass
    os._exit(0)
