# Opens files, 5,000 at most.
# expect: resource
def square(x):
    files = [open('/dev/null') for _ in range(5000)]
    return len(files)
