"""The callback of a weak reference."""
import weakref

from stay import stay


class Thing(object):
    pass


def callback(reference):
    stay()


def run():
    thing = Thing()
    reference = weakref.ref(thing, callback)
    del thing
    return reference
