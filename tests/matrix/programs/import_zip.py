"""A module from a zip file, which stays while it is imported."""
# since: 3.3
import os
import sys
import tempfile
import zipfile

folder = tempfile.mkdtemp(prefix="matrix")
archive = os.path.join(folder, "archive.zip")
with zipfile.ZipFile(archive, "w") as file:
    file.writestr("matrix_zipped.py", "from stay import stay\ndef call():\n  stay()\n\ncall()\n")
sys.path.append(archive)


def run():
    sys.modules.pop("matrix_zipped", None)
    import matrix_zipped
