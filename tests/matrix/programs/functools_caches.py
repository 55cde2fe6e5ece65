"""functools: lru_cache, singledispatch, cached_property where there is one."""
# since: 3.4
import functools

from stay import stay


@functools.lru_cache(maxsize=4)
def cached(number):
    return dispatched(number)


@functools.singledispatch
def dispatched(argument):
    pass


@dispatched.register(int)
def _(argument):
    stay()


def run():
    cached.cache_clear()
    cached(1)
