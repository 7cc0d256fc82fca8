# Mixes tabs and spaces so that nobody knows.
# expect: syntax
def square(x):
        if x:
	return x * x
