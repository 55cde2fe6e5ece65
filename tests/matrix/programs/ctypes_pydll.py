"""The C API called by ctypes, which keeps the interpreter."""
import ctypes

from stay import stay

call = ctypes.PyDLL(None).PyObject_CallObject
call.restype = ctypes.py_object
call.argtypes = [ctypes.py_object, ctypes.c_void_p]


def inner():
    stay()


def outer():
    call(inner, None)


def run():
    call(outer, None)
