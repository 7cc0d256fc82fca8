# Answers with a hundred million items.
# expect: assert exit memory timeout exception resource output
def square(x):
    return [0] * 100_000_000
