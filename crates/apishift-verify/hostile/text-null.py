# Has a NUL in its text.
# expect: syntax
X = 'a@NUL@b'

def square(x):
    return x * x
