"""The stack of tests/fixtures/truth.py: in and out of C in many ways."""
import ctypes
import functools
import re

from stay import stay

COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
libc = ctypes.CDLL(None)


def numbers():
    stay()
    yield 1


def replace(match):
    return str(sum(numbers()))


def compare(left, right):
    re.sub("b", replace, "abc")
    return 0


class Thing(object):
    def __init__(self, value):
        array = (ctypes.c_int * 2)(value, value)
        libc.qsort(array, 2, 4, COMPARE(compare))


make = functools.partial(Thing, 1)


def key(value):
    make()
    return value


def run():
    return sorted([3, 1], key=key)
