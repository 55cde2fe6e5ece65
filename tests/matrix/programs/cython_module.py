"""Code that Cython compiled, between Python functions."""
# needs: Cython.Tempita._tempita
from Cython.Tempita._tempita import Template

from stay import stay

template = Template("{{for x in [1]}}{{function(x)}}{{endfor}}")


def function(value):
    stay()
    return ""


def run():
    template.substitute(function=function)
