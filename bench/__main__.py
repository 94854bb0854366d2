"""`python -m bench`."""

import signal
import sys

from bench.cli import main

# Who is told to stop ends what it has started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
sys.exit(main())
