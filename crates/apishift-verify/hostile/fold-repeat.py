# Repeats a text beyond all memory while it is loaded.
# expect: memory
X = 'x' * 10**12

def square(x):
    return x * x
