"""Hundreds of calls deep, each through C."""
from stay import stay

DEPTH = 150


def descend(n):
    return max(map(descend, [n - 1])) if n else stay() or 0


def run():
    descend(DEPTH)
