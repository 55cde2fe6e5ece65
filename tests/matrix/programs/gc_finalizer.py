"""A finalizer that the garbage collector runs."""
# since: 3.4
import gc

from stay import stay


class Node:
    def __del__(self):
        if self.name == "first":
            stay()


def run():
    one, two = Node(), Node()
    one.name, two.name, one.other, two.other = "first", "second", two, one
    del one, two
    gc.collect()
