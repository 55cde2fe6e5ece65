"""Is imported by import_module.py."""
from stay import stay

value = (
    stay())
