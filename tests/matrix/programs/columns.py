"""Expressions over several lines, several calls on a line, tabs and wide characters before a call."""
from stay import stay


def one(*values):
    return stay() if values and values[-1] else (1, 2)[0]


def two(function, *values):
    a = "\u6587"; b = [one(0), function(
        0,
        one(
            len(values))
    ), one(0)]
    return b


def three():
    return (one(0) +
            sum(two(one, *[
                1, 2
            ])) + one(0))


def run():
    one(0); one(0), three(
    ), one(0)
