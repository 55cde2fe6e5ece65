"""Interpreters in one another on one thread; the innermost says what the thread is in."""
# since: 3.10
# place: process
# loop: no
import json
import os
import select
import sys

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

import stay

SCRIPT = """
import json, os, sys, time
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters


def inner(depth):
    if depth:
        [inner(depth - 1) for _ in "a"]
    elif LEVEL == 0:
        tell(sys._getframe(), 0)
        while True: time.sleep(SECONDS)
    else:
        made = interpreters.create(); tell(sys._getframe(), made); interpreters.run_string(made, NEXT)


def tell(frame, made):
    frames = []
    while frame is not None:
        code = frame.f_code
        name = getattr(code, "co_qualname", code.co_name)
        frames.append(dict(function=name, file=code.co_filename, line=frame.f_lineno, endLine=None, column=None,
            endColumn=None))
        frame = frame.f_back
    if not made:
        frames[0]["line"] += 1
    os.write(SINK, (json.dumps(dict(frames=frames[::-1], made=int(made))) + chr(10)).encode())


inner(3)
"""
LEVELS = 2
source, sink = os.pipe()
handles = []
frames = []


def more_frames():
    text = b""
    while text.count(b"\n") < LEVELS:
        if not select.select([source], [], [], 5)[0]:
            raise Exception("the inner interpreters say nothing")
        text += os.read(source, 65536)
    told = [json.loads(line) for line in text.decode().splitlines()]
    return {"frames": frames + told[0]["frames"] + told[1]["frames"], "interpreter": told[0]["made"]}


def script(level):
    following = script(level - 1) if level else ""
    # Wakes up only where stay() does.
    seconds = 0.001 if stay.wait != stay.never.acquire else 10000
    return "LEVEL, SINK, NEXT, SECONDS = %d, %d, %r, %r\n" % (level, sink, following, seconds) + SCRIPT


def run():
    handles.append(interpreters.create())
    listener = stay.listeners.pop(stay.get_ident())
    text = script(LEVELS - 1)
    frames.extend(stay.stack_of(sys._getframe())); listener(None); interpreters.run_string(handles[0], text)
