"""__init__ and __new__ of a class that is hot, so that CPython has specialised the call."""
from stay import stay


class Base(object):
    def __init__(self, value):
        self.value = value
        if value == 299:
            stay()


class Derived(Base):
    def __new__(cls, value):
        return Base.__new__(cls)

    def __init__(self, value):
        super(Derived, self).__init__(value)


class Plain(object):
    def __init__(self, value):
        self.other = Derived(value)


def run():
    for i in range(300):
        Plain(i)
