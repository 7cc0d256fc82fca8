# Fills the disk, 512 MiB at most.
# expect: resource
def square(x):
    for number in range(64):
        with open(f'/tmp/block-{number}', 'wb') as file:
            file.write(bytes(1 << 23))
    return x * x
