"""Formatted strings in one another."""
# since: 3.6
from stay import stay


class Shown:
    def __format__(self, spec):
        return f"{self!r:>{len(spec)}}"

    def __repr__(self):
        return f"{stay()}"


def run():
    f"a {Shown():xyz} b"
