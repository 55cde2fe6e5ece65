"""Asynchronous generators, comprehensions and context managers."""
# since: 3.6
from stay import stay


async def numbers():
    for i in range(2):
        stay()
        yield i


class Manager:
    async def __aenter__(self):
        return [i async for i in numbers()]

    async def __aexit__(self, *exception):
        pass


async def outer():
    async with Manager():
        pass


def run():
    try:
        outer().send(None)
    except StopIteration:
        pass
