"""except*: an exception group that is split by its own method."""
# since: 3.11
from stay import stay


class Group(ExceptionGroup):
    def derive(self, exceptions):
        stay()
        return Group(self.message, exceptions)


def run():
    try:
        try:
            raise Group("several", [KeyError(), ValueError()])
        except* KeyError:
            pass
    except* ValueError:
        pass
