"""Comprehensions of every kind: inline from 3.12 on."""
from stay import stay


def run():
    [{x: {y for y in (stay() for z in "a")} for x in "b"} for w in [0]]
