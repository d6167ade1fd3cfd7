"""A process that writes to an SQLite database, with one of two backends: `python -m tests.support.sqlite_writer`.

The table must exist. A busy writer prints "ready", and then has one transaction after another. Any other writes single
rows, outside of transactions, and prints how many were refused.
"""

import argparse
import sys
import time
from contextlib import suppress

import django
from django.conf import settings
from django.db import OperationalError, connection, transaction

TABLE = "PRAGMA journal_mode = WAL; CREATE TABLE written (id INTEGER PRIMARY KEY, text TEXT)"
INSERT = "INSERT INTO written (text) VALUES (%s)"
HELD = 0.03  # seconds of a transaction


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine")
    parser.add_argument("path")
    parser.add_argument("--timeout", type=float, default=2.0)
    parser.add_argument("--rows", type=int, default=0, help="single rows; 0: transactions without end")
    chosen = parser.parse_args()
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": chosen.engine,
                "NAME": chosen.path,
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "timeout": chosen.timeout,
                },
            }
        }
    )
    django.setup()
    if chosen.rows:
        sys.stdout.write(f"{sum(not _write() for _ in range(chosen.rows))}\n")
        return
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        _hold()


def _write() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, ["single"])
    except OperationalError:
        return False
    return True


def _hold() -> None:
    # If it is refused, it tries again, like a worker.
    with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, ["busy"])
        time.sleep(HELD)


if __name__ == "__main__":
    main()
