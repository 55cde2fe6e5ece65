"""The function that re.sub() calls."""
import re

from stay import stay


def inner(match):
    stay()
    return "x"


def outer(match):
    return re.compile("b").sub(inner, match.group())


def run():
    re.sub("[ab]b", outer, "cabc")
