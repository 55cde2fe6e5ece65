"""Lambdas in lambdas."""
from stay import stay

leaf = lambda: stay()
apply = lambda function, *arguments: function(*arguments)


def run():
    (lambda: apply(lambda x: apply(
        leaf), 1))()
