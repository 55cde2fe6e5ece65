"""Names of 5,000 characters."""
from stay import stay

NAME = "n" * 5000
FILE = "/" + "long/" * 1000 + "file.py"
namespace = {"stay": stay}
exec(compile("class %s(object):\n\n  def %s(self): stay()\n" % ("C" * 4900, NAME), FILE, "exec"), namespace)


def run():
    getattr(namespace["C" * 4900](), NAME)()
