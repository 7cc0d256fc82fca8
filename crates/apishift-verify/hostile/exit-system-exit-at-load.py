# Raises SystemExit(0) before any test.
# expect: exit
raise SystemExit(0)

def square(x):
    return 0
