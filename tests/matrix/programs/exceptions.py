"""except, else and finally."""
from stay import stay


def fail(n):
    try:
        raise KeyError(n)
    except KeyError:
        try:
            pass
        finally:
            return later(n)


def later(n):
    try:
        1 / 0
    except (IndexError,
            ZeroDivisionError):
        if n:
            return fail(n - 1)
        stay()


def run():
    fail(2)
