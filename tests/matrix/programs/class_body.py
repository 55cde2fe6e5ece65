"""The body of a class in the body of a class."""
from stay import stay


def run():
    class Outer(object):
        x = 1

        class Inner(object):
            stay()
