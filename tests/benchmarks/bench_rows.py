"""A long list: every question that the pages and the API offer, without a cached answer.

ROWS is the number of technologies. 1,000,000 take up to half an hour and 4 GB of disk.
"""

import os
import statistics
import time
from collections.abc import Generator, Iterator
from itertools import combinations, product
from urllib.parse import urlencode

import pytest
import requests

from techs import cache
from techs.inventory.queries import ORDERINGS
from tests.benchmarks import seeding
from tests.benchmarks.environment import PRODUCTION, PROXIED, Run
from tests.benchmarks.figures import Figures
from tests.support.long_lists import production_memory
from tests.support.services import Web, running

ROWS = int(os.environ.get("ROWS") or 0)
TARGET = 1_000_000
TIMES = 5
SHOWN = 15
FILTERS = {"owner": "Team 7", "tag": "tag-7", "priority": "high"}
# Beside FILTERS, each with the orderings whose indexes lack it.
NARROWED: tuple[dict[str, str], ...] = (
    {"product": "postgresql"},
    {"ends_within": "90"},
    {"ends_from": "2028-01-01", "ends_to": "2028-03-31"},
    {"ends_from": "2028-01-01", "priority": "low"},
    {"ends_from": "2028-01-01", "owner": "Team 7"},
    {"ends_from": "2028-01-01", "product": "postgresql"},
    {"accepted": "true"},
    {"accepted": "false"},
)
SUMS = ("summary/?", "groups/?by=product", "groups/?by=owner", "groups/?by=tag", "groups/?by=service")
SEARCHES = ("django", "sql", "post", "0123456", "nosuchword", "a")
# Frequent words: of few and many products, and of names.
SEVERAL_WORDS = ("django 0", "a 0", "0 1", "0 1 2")

pytestmark = pytest.mark.skipif(not ROWS, reason="ROWS=1000000 make bench")


@pytest.fixture
def web(run: Run) -> Generator[Web, None, None]:
    """Run the web server with a long list, on a database with the memory of a small production server."""
    with production_memory():
        try:
            seeding.fill(ROWS)
            with running(Web(**run.places(**PRODUCTION))) as web:
                yield web
        finally:
            seeding.empty()


def test_long_list(web: Web, figures: Figures, capsys: pytest.CaptureFixture[str]) -> None:
    first, searched = ({path: _milliseconds(web, path) for path in paths} for paths in (_first_pages(), _searches()))
    page = [_once(web, "/") for _ in range(TIMES)]
    summed = {path: _milliseconds(web, path) for path in _sums()}
    if ROWS == TARGET:
        figures.add("million", list(first.values()))
        figures.add("million_searched", list(searched.values()))
        figures.add("million_page", page)
    with capsys.disabled():
        print(
            f"\n{ROWS:,} rows: / in {statistics.median(page):.0f} ms; the slowest of {len(first | searched)} questions:"
        )
        for answers in (first | searched, summed):
            for path, took in sorted(answers.items(), key=lambda item: -item[1])[:SHOWN]:
                print(f"{took:8.1f} ms  {path}")


def _first_pages() -> Iterator[str]:
    for ordering in ORDERINGS:
        for chosen in ({}, *({name: value} for name, value in FILTERS.items()), {"include": "all"}):
            yield _path(chosen, ordering)


def _searches() -> Iterator[str]:
    for ordering in ORDERINGS:
        for names in combinations(FILTERS, 2):
            yield _path({name: FILTERS[name] for name in names}, ordering)
        yield _path({"q": "django"}, ordering)
    for ordering, chosen in product(("priority", "name", "-services", "owner", "product"), NARROWED):
        yield _path(chosen, ordering)
    for ordering, words in product(("priority", "name", "-submitted_at", "owner"), SEVERAL_WORDS):
        yield _path({"q": words}, ordering)
    for word in SEARCHES:
        yield _path({"q": word}, "priority")
        for name, value in FILTERS.items():
            yield _path({"q": word, name: value}, "priority")


def _sums() -> Iterator[str]:
    for path, chosen in product(SUMS, ({}, *NARROWED, {"owner": "Team 7"}, {"tag": "tag-7"})):
        yield f"/api/techs/{path}&{urlencode(chosen)}"


def _path(chosen: dict[str, str], ordering: str) -> str:
    return f"/api/techs/?{urlencode(chosen | {'ordering': ordering})}"


def _milliseconds(web: Web, path: str) -> float:
    return statistics.median(_once(web, path) for _ in range(TIMES))


def _once(web: Web, path: str) -> float:
    """Return the milliseconds of an answer that no cache has. An error counts as its time limit of two seconds."""
    cache.invalidate()
    began = time.perf_counter()
    response = requests.get(web.url + path, headers=PROXIED, timeout=60)
    took = (time.perf_counter() - began) * 1000
    return took if response.ok else max(took, 2000.0)
