"""functools: partial, reduce, cmp_to_key."""
import functools

from stay import stay


def compare(left, right):
    stay()
    return 0


def add(left, right):
    return sorted([left, right], key=functools.cmp_to_key(compare))


def fold(numbers, start=None):
    return functools.reduce(add, numbers)


def run():
    functools.partial(functools.partial(fold, start=1), [1, 2])()
