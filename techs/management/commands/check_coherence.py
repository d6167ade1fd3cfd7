"""`manage.py check_coherence http://127.0.0.1:8000`: writes and reads at once, and looks for stale answers."""

import os
import secrets
from argparse import ArgumentParser
from dataclasses import fields
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from techlist.coherence.checker import Plan, Run


class Command(BaseCommand):
    """Adds technologies of its own to a running installation, changes them, and takes them off again."""

    help = (
        "Check a running installation: no read that begins after a write is done may miss it. It writes technologies "
        "of its own and takes them off again. Exits with 1 if a read was stale. Where people must log in, give an API "
        "token in TECHLIST_TOKEN; with --admin, that person's password in TECHLIST_PASSWORD."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What a run can be told."""
        parser.add_argument("url", help="such as http://127.0.0.1:8000")
        parser.add_argument("--reads", type=int, default=Plan.reads, help="how many reads to make")
        parser.add_argument("--readers", type=int, default=Plan.readers, help="readers at once")
        parser.add_argument("--writers", type=int, default=Plan.writers, help="writers at once")
        parser.add_argument("--admin", dest="username", default="", help="a person whose admin to write through, too")
        parser.add_argument("--seed", type=int, help="repeat a run's choices")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, report, and fail if anything was stale."""
        seed = secrets.randbelow(10**6) if options["seed"] is None else options["seed"]
        self.stdout.write(f"Seed {seed}.")
        told = {field.name: options[field.name] for field in fields(Plan) if field.name in options} | {"seed": seed}
        environ = os.environ
        plan = Plan(**told, token=environ.get("TECHLIST_TOKEN", ""), password=environ.get("TECHLIST_PASSWORD", ""))
        report = Run(plan).go()
        for line in report.lines():
            self.stdout.write(line)
        if report.violations:
            raise CommandError("The installation is not coherent.")
        if report.gave_up:
            raise CommandError("A writer gave up, so nothing is proven.")
