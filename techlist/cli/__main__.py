"""`python -m techlist.cli`, for environments in which Techlist is not installed."""

import sys

from techlist.cli.program import main

if __name__ == "__main__":
    sys.exit(main())
