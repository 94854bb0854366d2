"""`python -m models`."""

import signal
import sys

from models.cli import main

# An export that is told to stop takes its half-written folder away, as it does where it fails.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
sys.exit(main())
