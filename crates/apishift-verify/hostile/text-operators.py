# Nests two hundred thousand operators.
# expect: syntax memory exception crash
X = @DEEP@1


def square(x):
    return x * x
