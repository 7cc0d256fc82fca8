# Never ends being loaded.
# expect: timeout
while True:
    pass

def square(x):
    return x * x
