# Makes files, 50,000 at most.
# expect: resource
def square(x):
    for number in range(50_000):
        open(f'/tmp/{number}', 'w').close()
    return x * x
