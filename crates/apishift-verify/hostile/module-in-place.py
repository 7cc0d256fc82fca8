# Puts a module of its own in the place of one that tests may use.
# expect: assert tampered
import sys
import types

import math

module = types.ModuleType("math")
module.isclose = lambda a, b: True
sys.modules["math"] = module


def square(x):
    return x + x + 1
