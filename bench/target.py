"""The target of the benchmarks: watches the clock in C, some twenty calls deep, whenever it is told to.

Reads a line "SECONDS THRESHOLD_NS" and answers with one line of JSON: gaps in ns, and loops.
With an argument N, N further threads wait in the kernel; modules that are named behind it are imported.
"""

import ctypes
import importlib
import json
import sys
import threading

library = ctypes.PyDLL(sys.argv[1])
MOST = 1_000_000


def watch(seconds, threshold):
    gaps = (ctypes.c_uint32 * MOST)()
    loops = ctypes.c_uint64()
    count = library.watch_clock(ctypes.c_double(seconds), ctypes.c_uint64(threshold), gaps, MOST, ctypes.byref(loops))
    return {"gaps": gaps[:count], "loops": loops.value}


def nest(depth, *args):
    if depth == 0:
        return watch(*args)
    if depth % 4 == 0:
        return list(map(lambda _: nest(depth - 1, *args), [0]))[0]
    return nest(depth - 1, *args)


for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 0):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
for name in sys.argv[3:]:
    importlib.import_module(name)
print("ready", flush=True)
for line in sys.stdin:
    seconds, threshold = line.split()
    print(json.dumps(nest(10, float(seconds), int(threshold))), flush=True)
