"""throw() into a generator that catches, through another."""
from stay import stay


def inner():
    try:
        yield 1
    except KeyError:
        stay()
    yield 2


def run():
    running = inner()
    next(running)
    running.throw(KeyError("thrown"))
    for _ in running:
        pass
