"""Writes a recording as collapsed text, to see what converting a large one takes.

    recordings.py KIND BYTES > FILE

typical: 20,000 stacks, 10 to 40 Python calls deep with native frames between them, some much more frequent than others.
stacks: each line a stack that no other line has. functions: each line two functions that no other line has.
"""

import random
import sys

CHUNK = 5000
HEADER = "# interval: 1000\n# mode: wall\n\n"


def typical(chance):
    def call(i):
        place = "/site-packages/package%d/module%d.py" % (i % 37, i % 211)
        return "%s:Class%d.method_%d:%d;native@%x:_PyFunction_%d:%d" % (
            place, i % 97, i, 10 * i % 900, 0x7F1234000000 + i * 613, i % 1500, i % 400)

    stacks = [[]]
    while len(stacks) < 20000:
        base = chance.choice(stacks)
        stack = base[:chance.randrange(len(base) + 1)]
        while len(stack) < chance.randrange(10, 40):
            stack = stack + [call(int(chance.paretovariate(0.6)) % 3000)]
        stacks.append(stack)
    texts = [";".join(stack) for stack in stacks]
    while True:
        yield texts[int(chance.paretovariate(0.5)) % len(texts)]


def stacks(_):
    calls = ["application%d.py:f%d:%d" % (i % 9, i, i % 90 + 1) for i in range(1500)]
    n = 0
    while True:
        n += 1
        yield ";".join(calls[i % 1500] for i in (n // 2250000, n // 1500, n, n * 7))


def functions(_):
    n = 0
    while True:
        n += 1
        yield "main.py:main:3;code_%d.py:function_%d:%d;code_%d.py:inner_%d:%d" % (n % 1000, n, n % 90, n % 1000, n, n % 70)


def main(kind, size):
    lines = {"typical": typical, "stacks": stacks, "functions": functions}[kind](random.Random(1))
    written = sys.stdout.write(HEADER)
    while written < size:
        chunk = ("P4242;T0:%d;%s 1000\n" % (4242 + i % 8, next(lines)) for i in range(CHUNK))
        written += sys.stdout.write("".join(chunk))


main(sys.argv[1], float(sys.argv[2]))
