# Claims another encoding than the one that it is handed over in.
# expect: ok
# -*- coding: utf-7 -*-

def square(x):
    return x * x
