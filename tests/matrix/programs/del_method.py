"""__del__, from the end of a name, of a container and of a frame."""
from stay import stay


class Thing(object):
    def __init__(self, inside=None):
        self.inside = [inside]

    def __del__(self):
        if self.inside[0] is None:
            stay()
        else:
            del self.inside


def leave():
    thing = Thing(Thing())


def run():
    leave()
