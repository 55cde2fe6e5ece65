"""Coroutines, driven by send()."""
# since: 3.5
from stay import stay


class Awaitable:
    def __await__(self):
        stay()
        yield 1


async def inner():
    await Awaitable()


async def outer():
    await inner()


def run():
    running = outer()
    running.send(None)
    try:
        running.send(None)
    except StopIteration:
        pass
