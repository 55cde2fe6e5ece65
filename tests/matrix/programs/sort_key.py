"""Keys of sorts inside keys of sorts."""
from stay import stay


def run(depth=5):
    def key(value):
        if value:
            return value
        return run(depth - 1) if depth else stay()

    sorted([0], key=key)
