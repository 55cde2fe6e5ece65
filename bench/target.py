"""The target of the benchmarks: watches the clock in C, so many calls deep, whenever it is told to.

    target.py LIBRARY IDLE RUNNING DEPTH CHILDREN [MODULE...]

Reads a line "SECONDS THRESHOLD_NS" and answers with one line of JSON: gaps in ns, and loops. Meanwhile IDLE threads wait
in the kernel, RUNNING ones compute in C at the same depth, and CHILDREN child processes wait for the end of this one.
The modules are imported first.
"""

import ctypes
import importlib
import json
import os
import sys
import threading

library = ctypes.PyDLL(sys.argv[1])
spin = ctypes.CDLL(sys.argv[1]).spin  # without the GIL
idle, running, depth, children = map(int, sys.argv[2:6])
MOST = 1_000_000


def watch(seconds, threshold):
    gaps = (ctypes.c_uint32 * MOST)()
    loops = ctypes.c_uint64()
    count = library.watch_clock(ctypes.c_double(seconds), ctypes.c_uint64(threshold), gaps, MOST, ctypes.byref(loops))
    return {"gaps": gaps[:count], "loops": loops.value}


def nest(depth, function, *args):
    if depth <= 0:
        return function(*args)
    if depth % 4 == 0 and depth <= 100:
        return list(map(lambda _: nest(depth - 2, function, *args), [0]))[0]
    return nest(depth - 1, function, *args)


def start(function, *args):
    threading.Thread(target=function, args=args, daemon=True).start()


ours, theirs = os.pipe()
for _ in range(children):
    if os.fork() == 0:
        os.close(theirs)
        os.read(ours, 1)
        os._exit(0)
for name in sys.argv[6:]:
    importlib.import_module(name)
sys.setrecursionlimit(depth * 2 + 1000)
threading.stack_size(64 << 20 if depth > 1000 else 0)
for _ in range(idle):
    start(threading.Event().wait)
for _ in range(running):
    start(nest, depth, spin)


def serve():
    for line in sys.stdin:
        seconds, threshold = line.split()
        print(json.dumps(watch(float(seconds), int(threshold))), flush=True)


print("ready", flush=True)
nest(depth, serve)
