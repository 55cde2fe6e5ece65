"""A function whose code is changed while it runs."""
from stay import stay


def changing(n):
    changing.__code__ = other.__code__
    changing(n - 1)


original = changing.__code__


def other(n):

    if n:
        changing.__code__ = original
        return changing(1)
    changing.__code__ = third.__code__
    changing(n)


def third(n): stay()


def run():
    changing.__code__ = original
    changing(3)
