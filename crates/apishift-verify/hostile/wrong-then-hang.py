# Is wrong in the first test, and never ends the second.
# expect: assert
def square(x):
    if x == 2:
        return 0
    while True:
        pass
