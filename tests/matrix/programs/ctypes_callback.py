"""Python called by C that was called by ctypes, which releases the interpreter."""
import ctypes

from stay import stay

COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
libc = ctypes.CDLL(None)


def inner(left, right):
    stay()
    return 0


def outer(left, right):
    array = (ctypes.c_int * 2)(3, 4)
    libc.qsort(array, 2, 4, COMPARE(inner))
    return left[0] - right[0]


def run():
    array = (ctypes.c_int * 2)(1, 2)
    libc.qsort(array, 2, 4, COMPARE(outer))
