"""Names of functions, classes and files in strings of one, two and four bytes a character."""
# since: 3.3
from stay import stay

SOURCE = "def %s():\n  class %s:\n    def f%d(self): inner()\n  %s().f%d()\n"
functions = [stay]
for i, (name, file) in enumerate([
    ("caf\u00e9", "/tmp/na\u00efve/\u00e9t\u00e9.py"), ("\u0444\u0443\u043d\u043a\u0446\u0438\u044f", "\u6587\u4ef6.py"),
    ("\U00020000\u6f22", "/\U0001f40d/\U0001f600.py"), ("plain", "/undecodable/\udcff\udc80.py"),
]):
    namespace = {"inner": functions[-1]}
    exec(compile(SOURCE % (name, "C" + name, i, "C" + name, i), file, "exec"), namespace)
    import unicodedata
    functions.append(namespace[unicodedata.normalize("NFKC", name)])


def run():
    functions[-1]()
