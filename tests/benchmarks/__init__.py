"""The measurements behind the figures of the documentation: `make bench`."""

import os

QUICK = bool(os.environ.get("QUICK"))
