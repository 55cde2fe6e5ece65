"""match: a class pattern that reads a property."""
# since: 3.10
from stay import stay


class Point:
    __match_args__ = ("x",)

    @property
    def x(self):
        stay()
        return 1


def run():
    match Point():
        case Point(0):
            pass
        case Point(x) if (y := x):
            pass
