# Calls itself for ever.
# expect: exception
def square(x):
    return square(x)
