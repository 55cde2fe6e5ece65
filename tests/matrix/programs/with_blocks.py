"""Context managers: entering, leaving, and of contextlib."""
import contextlib

from stay import stay


class Manager(object):
    def __enter__(self):
        with made():
            pass

    def __exit__(self, *exception):
        if exception[0]:
            stay()
        return True


@contextlib.contextmanager
def made():
    try:
        yield
    finally:
        with Leaving():
            raise KeyError


class Leaving(Manager):
    def __enter__(self):
        pass


def run():
    with Manager():
        pass
