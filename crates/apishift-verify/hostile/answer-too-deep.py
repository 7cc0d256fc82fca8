# Answers with a list that nests deep, and one that holds itself.
# expect: assert exception
def square(x):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    own = []
    own.append(own)
    return own if x == 2 else deep
