# Replaces what encodes its answers.
# expect: assert exit exception
import marshal

marshal.dumps = lambda value, version=2: b'i\x04\x00\x00\x00'
marshal.loads = lambda data: ((2,), {})

def square(x):
    return 0
