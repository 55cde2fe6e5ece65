"""A multiprocessing pool: pool.py WORKERS busy|idle SECONDS"""

import multiprocessing
import sys
import time


def busy(seconds):
    end = time.time() + seconds
    while time.time() < end:
        sum(i * i for i in range(2000))


def idle(seconds):
    end = time.time() + seconds
    while time.time() < end:
        time.sleep(0.05)


if __name__ == "__main__":
    workers, kind, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        pool.map({"busy": busy, "idle": idle}[kind], [seconds] * workers, chunksize=1)
