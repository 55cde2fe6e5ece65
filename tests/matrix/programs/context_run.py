"""contextvars.Context.run nested in the steps of asyncio."""
# since: 3.7
import asyncio
import contextvars

from stay import stay

loop = asyncio.new_event_loop()


def innermost():
    contextvars.Context().run(stay)


def inner():
    contextvars.copy_context().run(innermost)


async def work():
    done = loop.create_future()

    def callback():
        contextvars.copy_context().run(inner)
        done.set_result(None)

    loop.call_soon(callback)
    await done


def run():
    loop.run_until_complete(work())
