"""`python -m tests.coherence http://127.0.0.1:8000`: read and write concurrently, and look for stale answers."""

import os
import secrets
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import fields

from tests.coherence.checker import Plan, Run

DESCRIPTION = (
    "Check a running installation: no read that starts after a write is done may miss it. Adds technologies of its "
    "own and removes them again. Exits with status 1 if a read was stale. If the installation requires a login, set "
    "TECHLIST_TOKEN to an API token; with --admin, also TECHLIST_PASSWORD to the password of that user."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, report, and return the exit status."""
    options = vars(_parser().parse_args(arguments))
    options["seed"] = secrets.randbelow(10**6) if options["seed"] is None else options["seed"]
    _print(f"Seed {options['seed']}.")
    chosen = {field.name: options[field.name] for field in fields(Plan) if field.name in options}
    environ = os.environ
    plan = Plan(**chosen, token=environ.get("TECHLIST_TOKEN", ""), password=environ.get("TECHLIST_PASSWORD", ""))
    report = Run(plan).go()
    for line in report.lines():
        _print(line)
    if report.violations:
        sys.stderr.write("Stale reads were found.\n")
    elif report.gave_up:
        sys.stderr.write("A writer gave up, so the check is incomplete.\n")
    return 0 if report.is_coherent else 1


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m tests.coherence", description=DESCRIPTION)
    parser.add_argument("url", help="such as http://127.0.0.1:8000")
    parser.add_argument("--reads", type=int, default=Plan.reads, help="number of reads")
    parser.add_argument("--readers", type=int, default=Plan.readers, help="concurrent readers")
    parser.add_argument("--writers", type=int, default=Plan.writers, help="concurrent writers")
    parser.add_argument("--admin", dest="username", default="", help="also write through the admin as this user")
    parser.add_argument("--seed", type=int, help="repeat the random choices of a run")
    return parser


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
