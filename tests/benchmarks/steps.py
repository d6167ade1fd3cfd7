"""The table of one, two and four processes: what limits the next step."""

from dataclasses import dataclass, field

from tests.benchmarks.figures import markdown, number


@dataclass
class Steps:
    """Figures by name, and by number of processes."""

    _figures: dict[str, dict[int, float]] = field(default_factory=dict)

    def add(self, processes: int, **figures: float) -> None:
        """Add figures, whose names are the keys of TITLES."""
        for name, figure in figures.items():
            self._figures.setdefault(TITLES[name], {})[processes] = figure

    @property
    def is_used(self) -> bool:
        return bool(self._figures)

    def lines(self) -> list[str]:
        """Return a table in Markdown."""
        columns = sorted({processes for found in self._figures.values() for processes in found})
        head = ("processes", *map(str, columns))
        return markdown([head, *((name, *_cells(found, columns)) for name, found in self._figures.items())])


TITLES = {
    "reads": "cached `/get`, answers per second",
    "read_web": "its CPU: web, µs",
    "read_cache": "its CPU: cache Redis, µs",
    "posts": "`POST` accepted, per second",
    "post_web": "its CPU: web, ms",
    "post_database": "its CPU: MariaDB, ms",
    "post_broker": "its CPU: broker Redis, ms",
    "drained": "submissions done per second",
    "task_worker": "its CPU: worker, ms",
    "task_database": "its CPU: MariaDB, ms",
    "connections_cache": "connections of the web server to the cache Redis",
    "connections_broker": "connections of the web server to the broker Redis",
    "connections_database": "connections of the web server to MariaDB",
}


def _cells(found: dict[int, float], columns: list[int]) -> list[str]:
    return [number(found[each]) if each in found else "-" for each in columns]
