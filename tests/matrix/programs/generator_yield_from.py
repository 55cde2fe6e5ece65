"""yield from, three deep."""
# since: 3.3
from stay import stay


def innermost():
    yield 1
    stay()
    yield 2


def middle():
    yield from innermost()


def outer():
    yield from middle()


def run():
    for _ in outer():
        pass
