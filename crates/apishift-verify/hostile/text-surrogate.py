# Has escapes of lone surrogates.
# expect: ok
X = '\ud800'

def square(x):
    return x * x
