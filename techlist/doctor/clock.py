"""Compare this host's clock with those of the servers."""

from collections.abc import Callable
from datetime import UTC, datetime

from techlist.doctor.report import Finding

# Seconds. Nothing depends on equal clocks, but ages and dates on pages would be wrong.
_MOST = 2.0


def difference(name: str, server: str, ask: Callable[[], datetime]) -> Finding:
    """Return how many seconds a server's clock is ahead, as precisely as the round trip allows."""
    before = datetime.now(UTC)
    there = ask()
    after = datetime.now(UTC)
    ahead = (there - before - (after - before) / 2).total_seconds()
    problem = ""
    if abs(ahead) - (after - before).total_seconds() > _MOST:
        problem = f"The clock of {server} differs from this host's by {abs(ahead):.0f} seconds. Use NTP on both."
    return Finding(name, round(ahead, 3), problem)
