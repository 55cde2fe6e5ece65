"""A running task among others, in a thread's own event loop."""
# since: 3.7
import asyncio

from stay import stay

loop = asyncio.new_event_loop()


async def worker():
    await asyncio.sleep(0)
    stay()


async def work():
    await asyncio.gather(worker(), asyncio.sleep(0))


def run():
    loop.run_until_complete(work())
