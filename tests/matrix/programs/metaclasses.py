"""Making a class: __prepare__, __new__, __init_subclass__, __set_name__."""
# since: 3.6
from stay import stay


class Field:
    def __set_name__(self, owner, name):
        Meta("Other", (Base,), {})


class Meta(type):
    @classmethod
    def __prepare__(metaclass, name, bases):
        return {}

    def __new__(metaclass, name, bases, namespace):
        return super().__new__(metaclass, name, bases, namespace)

    def __call__(cls):
        stay()


class Base:
    def __init_subclass__(cls, **options):
        if cls.__name__ == "Other":
            cls()
        super().__init_subclass__(**options)


def run():
    class Derived(Base, metaclass=Meta):
        field = Field()
