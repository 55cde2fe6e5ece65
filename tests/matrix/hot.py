"""Computes for ever in a loop that a JIT compiles: main, key called by sort, and work, where it is nearly all the time.

Runs on 3.6 to 3.15.
"""

import sys


def work(n):
    total = 0
    for i in range(n):
        total += i * i % 7
        total ^= i
    return total


def key(value):
    work(1000000)
    return value


def main():
    sys.stdout.write("ready {}\n")
    sys.stdout.flush()
    while True:
        sorted([1, 2], key=key)


main()
