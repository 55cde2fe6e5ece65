"""20,000 calls deep."""
# place: process
# loop: no
import sys

from stay import stay

DEPTH = 20000
STACK_SIZE = 1 << 30


def descend(n):
    if n == 0:
        stay()
    else:
        descend(n - 1)


def run():
    sys.setrecursionlimit(DEPTH + 1000)
    descend(DEPTH)
