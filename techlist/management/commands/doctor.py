"""Examine this installation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from techlist.doctor.examination import examine


class Command(BaseCommand):
    """Prints the findings. The exit status is 1 if there is a problem."""

    help = (
        "Examine this installation: versions, settings, servers, workers, beat, queues and data. Works while any of "
        "them is away, and prints no secrets. The exit status is 1 if there is a problem."
    )
    # A part of the examination, which must not end it.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *, json: bool, **_options: Any) -> None:
        report = examine()
        self.stdout.write(report.to_json() if json else "\n".join(report.lines()))
        if report.problems:
            raise SystemExit(1)
