"""A module without its source, which says another file name than it has."""
# since: 3.3
import os
import py_compile
import sys
import tempfile

folder = tempfile.mkdtemp(prefix="matrix")
source = os.path.join(folder, "source.py")
with open(source, "w") as file:
    file.write("from stay import stay\n\n\nclass Body(object):\n    x = [stay() for _ in 'a']\n")
py_compile.compile(source, cfile=os.path.join(folder, "matrix_compiled.pyc"), dfile="renamed at build/a.py", doraise=True)
os.remove(source)
sys.path.append(folder)


def run():
    sys.modules.pop("matrix_compiled", None)
    import matrix_compiled
