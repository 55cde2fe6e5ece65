"""property, __getattr__, __getattribute__, __setattr__, descriptors; hot, so that some are specialised."""
from stay import stay


class Descriptor(object):
    def __get__(self, instance, owner):
        if instance.count == 50:
            stay()


class Thing(object):
    field = Descriptor()
    count = 0

    @property
    def half(self):
        return self.missing

    def __getattr__(self, name):
        self.assigned = name

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        if name == "assigned":
            Guard(self).anything
        del self.__dict__[name]


class Guard(object):
    def __init__(self, thing):
        self.thing = thing

    def __getattribute__(self, name):
        return object.__getattribute__(self, "thing").field


def run():
    thing = Thing()
    for i in range(51):
        Thing.count = i
        thing.half
