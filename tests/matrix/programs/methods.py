"""Methods of every kind, closures, decorators and keywords."""
import functools

from stay import stay


def decorate(function):
    @functools.wraps(function)
    def wrapper(*arguments, **keywords):
        return function(*arguments, **keywords)
    return wrapper


class Base(object):
    @classmethod
    def make(cls, value=1):
        return cls.still(**{"number": value})

    @staticmethod
    @decorate
    def still(number):
        def closure():
            return stay() if number else None
        return closure()

    def method(self):
        return self.make()


class Derived(Base):
    @decorate
    def method(self):
        return super(Derived, self).method()


def run():
    (Derived.method)(Derived())
