"""`python -m tests.coherence http://127.0.0.1:8000`: read and write concurrently, and look for stale answers."""

import os
import secrets
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import fields

from tests.coherence.checker import Plan, Run

DESCRIPTION = (
    "Check a running installation: no read that begins after a write is done may miss it. It writes technologies "
    "of its own and removes them again. Exits with 1 if a read was stale. Where people must log in, give an API "
    "token in TECHLIST_TOKEN; with --admin, that user's password in TECHLIST_PASSWORD."
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
        sys.stderr.write("The installation is not coherent.\n")
    elif report.gave_up:
        sys.stderr.write("A writer gave up, so nothing is proven.\n")
    return 0 if report.is_coherent else 1


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m tests.coherence", description=DESCRIPTION)
    parser.add_argument("url", help="such as http://127.0.0.1:8000")
    parser.add_argument("--reads", type=int, default=Plan.reads, help="how many reads to make")
    parser.add_argument("--readers", type=int, default=Plan.readers, help="readers at once")
    parser.add_argument("--writers", type=int, default=Plan.writers, help="writers at once")
    parser.add_argument("--admin", dest="username", default="", help="a user whose admin to write through, too")
    parser.add_argument("--seed", type=int, help="repeat a run's choices")
    return parser


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
