"""Entry point of `python -m ops`."""

import io
import sys

from ops.cli import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without dashes gets question marks, not a traceback
    sys.exit(main())
