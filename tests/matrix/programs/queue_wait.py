"""A thread that waits for a queue, another for a thread."""
# loop: no
# since: 3.6
import queue

OBSERVED = "wait"


def run():
    queue.Queue().get()
