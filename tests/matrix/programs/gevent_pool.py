"""Greenlets of gevent, whose loop is Cython's."""
# needs: gevent
# loop: no
import gevent

from stay import stay


def inner():
    gevent.sleep(0)
    stay()


def run():
    gevent.joinall([gevent.spawn(inner), gevent.spawn(gevent.sleep, 0)])
