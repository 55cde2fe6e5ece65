"""Collects garbage, makes some without collecting it, and grows and shrinks, in turns, for so many seconds.

Says "ready {}", and at the end, as JSON, which share of its time was spent in the collector and how many bytes each
growth was. Another thread takes the GIL in between.
"""

import gc
import json
import sys
import threading
import time

SECONDS = float(sys.argv[1])
GROWTH = 50 << 20
now = getattr(time, "perf_counter", time.time)

gc.disable()
objects = [[number] for number in range(200000)]
is_shared = [False]


def collecting():
    start = now()
    gc.collect()
    return now() - start


def allocating():
    is_shared[0] = True
    end = now() + 0.005
    while now() < end:
        [[number] for number in range(1000)]
    is_shared[0] = False


def holding(size):
    block = bytearray(size)
    end = now() + 0.005
    while now() < end:
        pass
    del block
    end = now() + 0.005
    while now() < end:
        pass


def competing():
    while True:
        if is_shared[0]:
            sum(range(100))
        else:
            time.sleep(0.0005)


thread = threading.Thread(target=competing)
thread.daemon = True
thread.start()
sys.stdout.write("ready {}\n")
sys.stdout.flush()
inside = 0
start = now()
while now() - start < SECONDS:
    inside += collecting()
    allocating()
    holding(GROWTH)
sys.stdout.write(json.dumps({"collecting": inside / (now() - start), "growth": GROWTH}) + "\n")
sys.stdout.flush()
while True:
    time.sleep(1)
