"""The command line: `techlist scan`, `techlist push` and `techlist check`.

It shares rule, readers and lifecycle data with the server, and runs without Django, Celery, Redis and a database.
Modules that take long to import are imported when they are needed.
"""

from techlist.cli.program import main

__all__ = ["main"]
