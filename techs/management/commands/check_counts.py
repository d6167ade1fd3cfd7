"""Compare the counts of the list with its technologies on demand."""

from typing import Any

from techs.inventory import counts
from techs.management.writing import WritingCommand


class Command(WritingCommand):
    """Print and correct the counts that differ from the list."""

    help = "Compare the counts of the list with its technologies, and correct them. A worker does so every ten minutes."

    def handle(self, **_options: Any) -> None:
        counts.fold(seconds=60)
        wrong = counts.check()
        if wrong is None:
            self.stdout.write("Another process has just checked the counts.")
            return
        for place, amount in sorted(wrong.items()):
            self.stdout.write(f"{place.dimension} {place.key} ({place.kind}): corrected by {amount:+}")
        if not wrong:
            self.stdout.write("All counts are right.")
