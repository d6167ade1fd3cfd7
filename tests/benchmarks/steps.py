"""The table of one, two and four processes: what limits the next step."""

from dataclasses import dataclass, field

from tests.benchmarks.figures import markdown, number

TITLES = {
    "reads": "cached `/get`, answers per second",
    "read_web": "CPU for each read: web, µs",
    "read_cache": "CPU for each read: cache Redis, µs",
    "posts": "`POST` accepted, per second",
    "post_web": "CPU for each `POST`: web, ms",
    "post_database": "CPU for each `POST`: MariaDB, ms",
    "post_broker": "CPU for each `POST`: broker Redis, ms",
    "drained": "submissions done per second",
    "task_worker": "CPU for each submission: worker, ms",
    "task_database": "CPU for each submission: MariaDB, ms",
    "connections_cache": "connections of the web server to the cache Redis",
    "connections_broker": "connections of the web server to the broker Redis",
    "connections_database": "connections of the web server to MariaDB",
}


@dataclass
class Steps:
    """Figures by name, and by number of processes."""

    _figures: dict[str, dict[int, float]] = field(default_factory=dict)

    def add(self, processes: int, **figures: float) -> None:
        """Add figures by the keys of TITLES."""
        assert figures.keys() <= TITLES.keys()
        for name, figure in figures.items():
            self._figures.setdefault(name, {})[processes] = figure

    @property
    def is_used(self) -> bool:
        return bool(self._figures)

    def lines(self) -> list[str]:
        """Return a table in Markdown."""
        columns = sorted({processes for found in self._figures.values() for processes in found})
        head = ("processes", *map(str, columns))
        rows = [(title, *_cells(self._figures.get(name, {}), columns)) for name, title in TITLES.items()]
        return markdown([head, *rows])


def _cells(found: dict[int, float], columns: list[int]) -> list[str]:
    return [number(found[each]) if each in found else "-" for each in columns]
