"""`python -m techlist.local.worker`: the worker of `make run`, which includes beat.

Celery's own command line imports all its other commands, and a terminal library for one of them. That takes longer and
keeps more memory than the rest of the worker.
"""

import sys

from celery_app import app


def main() -> None:
    worker = app.Worker(
        pool="prefork",
        concurrency=2,
        loglevel="INFO",
        quiet=True,
        # Beat is a fork of the worker, with which it shares most of its memory.
        beat=True,
        # A single worker needs no gossip, and without it, less can go wrong when Valkey restarts.
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    sys.exit(worker.exitcode)


if __name__ == "__main__":
    main()
