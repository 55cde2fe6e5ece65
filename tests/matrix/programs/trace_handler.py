"""A trace function, while it runs."""
import sys

from stay import stay


def local_trace(frame, event, argument):
    stay()
    return local_trace


def trace(frame, event, argument):
    stay()
    return local_trace if frame.f_code is traced.__code__ else None


def traced():
    x = 1
    return x


def run():
    sys.settrace(trace)
    try:
        traced()
    finally:
        sys.settrace(None)
