# Replaces functions of the harness by its module.
# expect: assert exit exception
import __main__

for name in ('encode', 'plain', 'failure', 'report', 'frame', 'run_calls'):
    setattr(__main__, name, lambda *values, **named: None)

def square(x):
    return 0
