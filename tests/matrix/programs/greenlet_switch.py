"""A greenlet in a greenlet: each has its part of the C stack."""
# needs: greenlet
# loop: no
import greenlet

from stay import stay


def inner():
    sorted([1], key=lambda value: stay())


def outer():
    greenlet.greenlet(inner).switch()


def run():
    greenlet.greenlet(outer).switch()
