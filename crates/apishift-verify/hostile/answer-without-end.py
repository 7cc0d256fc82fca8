# Answers with containers that contain each other, several times over.
# expect: assert
def square(x):
    first, second = [], {}
    first.extend([first, second, first])
    second.update(one=first, two=second)
    return [first, second, (first, second)]
