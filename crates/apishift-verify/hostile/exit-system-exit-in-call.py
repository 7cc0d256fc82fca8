# Raises SystemExit(0) in a test.
# expect: exit
def square(x):
    raise SystemExit(0)
