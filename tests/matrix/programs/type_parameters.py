"""Generic functions and lazy annotations."""
# since: 3.12
from stay import stay


def run():
    type Alias[T: (stay(), int)] = dict[T, T]
    Alias.__type_params__[0].__constraints__

    def generic[T](x: (lambda: stay())() = (lambda: 1)()) -> T: ...

    generic.__annotations__
