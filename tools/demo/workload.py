"""A program to look at: two threads that work, in Python and in C, and one that waits."""

import ctypes
import re
import sys
import threading
import time

C_COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))


@C_COMPARE
def compare(left, right):
    """Called by C's qsort, which Python called."""
    return left[0] - right[0]


def sort_in_c():
    numbers = (ctypes.c_int * 64)(*(i * 37 % 64 for i in range(64)))
    ctypes.CDLL(None).qsort(numbers, len(numbers), ctypes.sizeof(ctypes.c_int), compare)
    return numbers[0]


class Report:
    def __init__(self, words):
        self.words = sorted(words, key=self.weight)

    def weight(self, word):
        return sum(ord(letter) for letter in word), sort_in_c()


def shout(match):
    return match.group().upper() * 2


def write_reports():
    while True:
        Report("the quick brown fox jumps over the lazy dog".split())


def rewrite_text():
    while True:
        re.sub(r"[aeiou]", shout, "interleave native, Python and kernel frames " * 50)


def wait_for_work():
    while True:
        time.sleep(60)


def main():
    for work in write_reports, rewrite_text, wait_for_work:
        threading.Thread(target=work, name=work.__name__, daemon=True).start()
    print("ready", flush=True)
    # Ends with the demo, even if that is killed: then our standard input is at its end.
    sys.stdin.read()


main()
