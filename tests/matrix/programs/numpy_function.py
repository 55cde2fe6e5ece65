"""A Python function that numpy calls."""
# needs: numpy
import numpy

from stay import stay


def element(value):
    stay()
    return value


universal = numpy.frompyfunc(element, 1, 1)


def run():
    numpy.apply_along_axis(lambda row: universal(row[:1]), 0, numpy.array([1, 2]))
