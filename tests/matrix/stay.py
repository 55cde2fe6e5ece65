"""Where every program of the matrix ends up: `stay()`, which knows the stack that it is called from.

What it does is set by host.py: by default it tells the stack to who listens and waits in C for ever. Runs on 2.7 and
3.6 to 3.15.
"""

import ctypes
import sys
import threading

GETTID = 186
libc = ctypes.CDLL(None)
try:
    from threading import get_ident
except ImportError:  # 2.7
    from thread import get_ident

never = threading.Lock()
never.acquire()
# By thread: what host.py wants to be told.
listeners = {}


def stay():
    act(sys._getframe())
    while wait(): pass


def act(frame):
    """Tells who listens to this thread; replaced in looping mode."""
    listener = listeners.pop(get_ident(), None)
    if listener is not None:
        frames = stack_of(frame)
        frames[-1]["line"] += 1
        listener(frames)


# A function of C, so that there is no frame of it; replaced in the other modes.
wait = never.acquire
positions = {}


def position(frame):
    """(line, end line, column, end column); unknown is None."""
    code = frame.f_code
    if not hasattr(code, "co_positions"):
        return frame.f_lineno, None, None, None
    key = code, frame.f_lasti
    if key not in positions:
        positions[key] = list(code.co_positions())[frame.f_lasti // 2]
    return positions[key]


def qualified_name(code):
    return getattr(code, "co_qualname", code.co_name)


def stack_of(frame):
    """The stack whose innermost frame is `frame`, outermost first."""
    frames = []
    while frame is not None:
        line, end_line, column, end_column = position(frame)
        if not frames:
            # Another part of the line runs when one looks.
            line, end_line, column, end_column = frame.f_lineno, None, None, None
        frames.append({
            "function": qualified_name(frame.f_code), "file": frame.f_code.co_filename,
            "line": line, "endLine": end_line, "column": column, "endColumn": end_column,
        })
        frame = frame.f_back
    return frames[::-1]


def gettid():
    return libc.syscall(GETTID)
