"""A thread in a wait of the standard library."""
# loop: no
import threading

OBSERVED = "wait"
condition = threading.Condition()


def enter():
    with condition:
        condition.wait()


def run():
    enter()
