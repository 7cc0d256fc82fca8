# Leaves files, folders, a mask, a folder to work in and changed modules, and is right.
# expect: ok
import math
import os
import random
import sys

os.makedirs('/tmp/deep/er/and/deeper', mode=0o700)
open('/tmp/trace', 'w').write('left')
os.chmod('/tmp/deep', 0)
os.umask(0o777)
os.chdir('/')
math.pi = 3
random.random = lambda: 0.5
sys.path.insert(0, '/tmp')
sys.modules['typing'] = None

def square(x):
    return x * x
