# Makes one file as large as it may, 512 MiB at most.
# expect: resource output
def square(x):
    with open('/tmp/block', 'wb') as file:
        for _ in range(512):
            file.write(bytes(1 << 20))
    return x * x
