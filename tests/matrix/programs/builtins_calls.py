"""Built-in functions that call Python ones: map, filter, min, any, zip, isinstance, __missing__, bytes, int."""
from stay import stay


class Missing(dict):
    def __missing__(self, key):
        return any(item for item in iter(Sequence()))


class Sequence(object):
    def __iter__(self):
        return iter(list(zip(map(self.step, [1]), [2])))

    def step(self, value):
        return isinstance(value, Kind)


class MetaKind(type):
    def __instancecheck__(cls, instance):
        return divmod(Number(), 5)


Kind = MetaKind("Kind", (), {})


class Number(object):
    def __divmod__(self, other):
        return range(self.__index__())

    def __index__(self):
        stay()
        return 1


def key(value):
    return list(filter(lambda item: Missing()[item], [1]))


def run():
    min([1, 2][:1] + [3], key=lambda value: key(value) if value == 1 else [2])
