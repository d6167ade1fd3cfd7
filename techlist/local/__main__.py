"""`python -m techlist.local`, for `make run`."""

import sys

from techlist.local.supervisor import main

sys.exit(main())
