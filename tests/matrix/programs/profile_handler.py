"""A profile function, while it runs."""
import sys

from stay import stay


def profile(frame, event, argument):
    stay()


def profiled():
    return len([1])


def run():
    before = sys.getprofile()
    sys.setprofile(profile)
    profiled()
    sys.setprofile(before)
