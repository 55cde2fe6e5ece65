"""A profile function, while it runs."""
import sys

from stay import stay


def profile(frame, event, argument):
    if event == "return" and frame.f_code.co_name == "profiled":
        stay()


def profiled():
    return len([1])


def run():
    before = sys.getprofile()
    sys.setprofile(profile)
    profiled()
    sys.setprofile(before)
