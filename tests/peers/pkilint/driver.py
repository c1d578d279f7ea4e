"""Runs pkilint's own programs for many files in one process, which takes a second to start.

Each line of standard input is a program and its arguments, parted by tabs; each is answered by a line of JSON with the exit code and
what was printed.
"""

import contextlib
import importlib
import io
import json
import sys

for line in sys.stdin:
    program, *arguments = line.rstrip("\n").split("\t")
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = importlib.import_module(f"pkilint.bin.{program}").main(arguments)
    except SystemExit as end:
        code = end.code
    except Exception as error:  # What it does not read, it says so in its own way.
        code = -1
        err.write(f"{type(error).__name__}: {error}")
    print(json.dumps({"code": code, "out": out.getvalue(), "err": err.getvalue()}), flush=True)
