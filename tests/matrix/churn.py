"""Two families of functions that call each other through C, for ever: a through sorted(), b through reduce().

Each function has the depth in its name: a_call_9 calls a_step_9 through C, which calls a_call_8, and so on down to
a_step_0, which does nothing. Runs on 2.7 and 3.6 to 3.15.
"""

import functools
import sys

DEPTH = 9
SOURCE = """
def {f}_call_{n}(value):
    return {through}


def {f}_step_{n}(value, other=None):
    return {below}
"""


def make(family, through, namespace):
    for n in range(DEPTH + 1):
        below = "%s_call_%d(value)" % (family, n - 1) if n else "value"
        call = through.format(step="%s_step_%d" % (family, n))
        exec(SOURCE.format(f=family, n=n, through=call, below=below), namespace)
    return namespace["%s_call_%d" % (family, DEPTH)]


def main():
    namespace = {"reduce": functools.reduce}
    a = make("a", "sorted([value], key={step})[0]", namespace)
    b = make("b", "reduce({step}, [value, value])", namespace)
    sys.stdout.write("ready {}\n")
    sys.stdout.flush()
    while True:
        a(1)
        b(2)


main()
