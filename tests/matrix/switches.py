"""Two families of generators that drive each other through for loops, for ever: g from Python, h from C.

Each generator has the depth in its name: g_step_9 iterates over g_step_8, and so on down to g_step_0; and each calls
g_call_N, which does nothing, before it goes on. Runs on 2.7 and 3.6 to 3.15.
"""

import sys

DEPTH = 9
SOURCE = """
def {f}_call_{n}(value):
    return value


def {f}_step_{n}():
    for value in {below}:
        yield {f}_call_{n}(value)
"""


def make(family, namespace):
    for n in range(DEPTH + 1):
        below = "%s_step_%d()" % (family, n - 1) if n else "(1, 2, 3, 4, 5)"
        exec(SOURCE.format(f=family, n=n, below=below), namespace)
    return namespace["%s_step_%d" % (family, DEPTH)]


def main():
    namespace = {}
    g = make("g", namespace)
    h = make("h", namespace)
    sys.stdout.write("ready {}\n")
    sys.stdout.flush()
    while True:
        for _ in g():
            pass
        sum(h())


main()
