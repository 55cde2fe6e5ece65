"""A for loop over a generator over a generator."""
from stay import stay


def inner():
    stay()
    yield 1


def outer():
    for item in inner():
        yield item


def run():
    for _ in outer():
        pass
