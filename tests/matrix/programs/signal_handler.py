"""A handler of a signal, while it runs."""
# place: main
import ctypes
import signal

from stay import stay

libc = ctypes.CDLL(None)


def handler(number, frame):
    stay()


def run():
    before = signal.signal(signal.SIGUSR1, handler)
    getattr(libc, "raise")(signal.SIGUSR1); pass
    signal.signal(signal.SIGUSR1, before)
