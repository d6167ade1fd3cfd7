"""Where the time of a piece of work goes: to which library, to our own code, or into waiting for a server."""

import cProfile
import pstats
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from techlist.local.embedded import BASE_DIR
from tests.benchmarks.figures import markdown

OURS, WAITING, REST = "Techlist", "waiting for servers", "Python and others"
# By the package that a file is installed in. Celery publishes messages with the packages of its authors.
_COLUMNS = {
    "django": "Django",
    "rest_framework": "REST framework",
    "django_redis": "Redis client",
    "redis": "Redis client",
    "MySQLdb": "MySQL client",
    **dict.fromkeys(("celery", "kombu", "amqp", "vine", "billiard"), "Celery"),
}
COLUMNS = (OURS, *dict.fromkeys(_COLUMNS.values()), REST, WAITING)
# Sending counts, too: on a busy machine, it hands the processor over to the server.
_WAITS = ("recv", "send", "select", "poll", "Connection.query", "'commit' of", "'ping' of")

# As pstats names a function: file, line, name. Functions in C have "~" for a file.
_Function = tuple[str, int, str]


@dataclass
class Profiles:
    """Shares of time by work, each a fraction for each of COLUMNS."""

    _shares: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, work: str, shares: dict[str, float]) -> None:
        self._shares[work] = shares

    @property
    def is_used(self) -> bool:
        return bool(self._shares)

    def lines(self) -> list[str]:
        """Return a table in Markdown, in percent."""
        rows = [(work, *(f"{found.get(each, 0):.0%}" for each in COLUMNS)) for work, found in self._shares.items()]
        return markdown([("work", *COLUMNS), *rows])


def shares(work: Callable[[], object], *, times: int) -> dict[str, float]:
    """Profile some calls, after one that fills caches. The fractions of COLUMNS that occur add up to 1.

    The profiler adds about the same to every call of a function, so code of many short functions seems slower than it
    is.
    """
    work()
    profile = cProfile.Profile()
    for _ in range(times):
        profile.runcall(work)
    seconds: dict[str, float] = {}
    for column, spent in _spent(pstats.Stats(profile)):
        seconds[column] = seconds.get(column, 0) + spent
    total = sum(seconds.values())
    return {column: spent / total for column, spent in seconds.items()}


def _spent(stats: pstats.Stats) -> Iterator[tuple[str, float]]:
    """Yield a column with the seconds of a function. Those of a function in C are its callers'."""
    found: dict[_Function, tuple[int, int, float, float, dict[_Function, tuple[int, int, float, float]]]]
    found = stats.stats  # type: ignore[attr-defined]  # the stubs lack it
    for (file, _, name), (_, _, spent, _, callers) in found.items():
        if file != "~":
            yield _column(file), spent
        elif any(each in name for each in _WAITS):
            yield WAITING, spent
        else:
            yield from ((_column(caller), here) for (caller, _, _), (_, _, here, _) in callers.items())


def _column(file: str) -> str:
    parts = Path(file).parts
    if "site-packages" in parts:
        package = parts[parts.index("site-packages") + 1]
        return _COLUMNS.get(package, REST)
    return OURS if Path(file).is_relative_to(BASE_DIR) and "tests" not in parts else REST
