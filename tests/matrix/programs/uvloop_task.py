"""A task in an event loop that Cython compiled."""
# needs: uvloop
import uvloop

from stay import stay

loop = uvloop.new_event_loop()


async def work():
    loop.call_soon(stay)
    done = loop.create_future()
    loop.call_soon(done.set_result, None)
    await done


def run():
    loop.run_until_complete(work())
