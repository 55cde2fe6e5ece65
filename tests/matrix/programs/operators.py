"""Operators and slots: arithmetic, comparison, hashing, items, calls, iteration, containment."""
from stay import stay


class Thing(object):
    def __add__(self, other):
        return self < other

    def __lt__(self, other):
        return {self: 1}

    def __hash__(self):
        self[1]
        return 1

    def __getitem__(self, index):
        return self(index)

    def __call__(self, argument):
        return 5 in self

    def __contains__(self, item):
        return list(self)

    def __iter__(self):
        return iter(self.function, None)

    def function(self):
        "%s" % self

    def __str__(self):
        -self
        return ""

    def __neg__(self):
        return not self

    def __len__(self):
        stay()
        return 0


def run():
    Thing() + Thing()
