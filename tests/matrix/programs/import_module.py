"""A module that stays while it is imported: under it, importlib's frozen code."""
import os
import sys

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_imported")


def run():
    sys.modules.pop("matrix_sleeper", None)
    if FOLDER not in sys.path:
        sys.path.append(FOLDER)
    import matrix_sleeper
