"""A generator driven by send()."""
from stay import stay


def consumer():
    received = yield
    while received:
        if received == 3:
            stay()
        received = yield received


def run():
    running = consumer()
    next(running)
    for value in (1, 2, 3):
        running.send(value)
    for _ in running:
        pass
