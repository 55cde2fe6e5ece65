"""Spends its time in known shares, and says at the end what they were: {name: seconds}.

    oracle.py SECONDS

flat: two functions take turns, one three times as long. shared: a leaf that is called by two functions, for long and
for short. nested: one calls the other and goes on itself. generators: two that take turns, driven by one loop. mixed:
a recursion that goes through C at every other call. Runs on 2.7 and 3.6 to 3.15.
"""

import json
import sys
import time

try:
    clock = time.perf_counter
except AttributeError:
    clock = time.time

UNIT_S = 0.002
spent = {}


def burn(units):
    end = clock() + units * UNIT_S
    while clock() < end:
        pass


def timed(name, function):
    before = clock()
    function()
    spent[name] = spent.get(name, 0) + clock() - before


def flat_long():
    burn(3)


def flat_short():
    burn(1)


def shared_leaf(units):
    burn(units)


def shared_long():
    shared_leaf(4)


def shared_short():
    shared_leaf(1)


def nested_inner():
    burn(1)


def nested_outer():
    burn(1)
    timed("nested_inner", nested_inner)


def generator_long():
    while True:
        yield burn(2)


def generator_short():
    while True:
        yield burn(1)


def mixed_direct(n):
    if n:
        mixed_through(n - 1)
    burn(0.5)


def mixed_through(n):
    max([n], key=mixed_direct)
    burn(0.5)


long, short = generator_long(), generator_short()
KINDS = [
    ("flat_long", flat_long), ("flat_short", flat_short), ("shared_long", shared_long), ("shared_short", shared_short),
    ("nested_outer", nested_outer), ("generator_long", lambda: next(long)), ("generator_short", lambda: next(short)),
    ("mixed_direct", lambda: mixed_direct(3)),
]


def main():
    sys.stdout.write("ready {}\n")
    sys.stdout.flush()
    end = clock() + float(sys.argv[1])
    start = clock()
    while clock() < end:
        for name, function in KINDS:
            timed(name, function)
    spent["all"] = clock() - start
    sys.stdout.write(json.dumps(spent) + "\n")
    sys.stdout.flush()


main()
time.sleep(1000)
