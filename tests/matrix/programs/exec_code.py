"""Code made by compile(), run by exec() and eval()."""
from stay import stay

SOURCE = """
def made(n):

    return eval(EXPRESSION)
made(1)
"""
EXPRESSION = compile("(\n stay())", "<an expression>", "eval")
CODE = compile(SOURCE, "/no/such folder/made;up.py", "exec")


def run():
    exec(CODE, {"stay": stay, "EXPRESSION": EXPRESSION})
