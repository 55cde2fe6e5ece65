"""Hooks of json, pickle and copy."""
import copy
import json
import pickle

from stay import stay


class Thing(object):
    def __reduce__(self):
        copy.deepcopy(Copied())
        return Thing, ()


class Copied(object):
    def __deepcopy__(self, memo):
        stay()


def default(thing):
    return len(pickle.dumps(thing, 2))


def hook(pairs):
    return json.dumps({"a": Thing()}, default=default)


def run():
    json.loads('{"a": {}}', object_hook=lambda value: hook(value) if not value else 1)
