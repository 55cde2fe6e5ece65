"""Generators that C functions drive: sum, list, deque, tuple, join."""
from collections import deque

from stay import stay


def innermost():
    stay()
    yield "a"


def joins():
    yield "".join(innermost())


def fills():
    deque(joins(), maxlen=0)
    yield 1


def lists():
    yield len(list(fills()))


def run():
    return sum(x for x in tuple(lists()))
