"""A function that runs at the end of the program."""
# place: process main
# loop: no
import atexit

from stay import stay


def last(argument):
    [stay() for _ in "a"]


def run():
    atexit.register(last, 1)
