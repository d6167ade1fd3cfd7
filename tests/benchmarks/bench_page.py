"""The processor time of the list page with 100 rows: cached, and after a change. In this process, without a server."""

import time
from itertools import cycle, islice

import pytest
from django.test import Client

from techs import cache
from techs.lifecycles import store
from tests.support.factories import add

ROWS = 100
TIMES, ROUNDS = 20, 10
GZIP = {"Accept-Encoding": "gzip"}
VIEWS = {
    "page": ("/", GZIP),
    "fragment": ("/", GZIP | {"HX-Request": "true"}),
    "page with a filter": ("/?priority=critical", GZIP),
    "API": ("/api/techs/", {}),
}


def _fill() -> None:
    products = store.current().facts.products.values()
    names = (f"{each.title} {each.cycles[-1].name}" for each in products if each.cycles)
    for name, owner in zip(islice(names, ROWS), cycle(["", "Web", "Data"]), strict=False):
        add(name, owner=owner, tags=["shop"])


def _milliseconds(client: Client, url: str, headers: dict[str, str], *, is_cached: bool) -> float:
    """Return the least mean of some rounds, since other processes only ever add to it."""
    taken = []
    for _ in range(ROUNDS):
        spent = 0.0
        for _ in range(TIMES if is_cached else 1):
            if not is_cached:
                cache.invalidate()
            started = time.process_time()
            client.get(url, headers=headers)
            spent += time.process_time() - started
        taken.append(spent / (TIMES if is_cached else 1))
    return min(taken) * 1000


@pytest.mark.django_db(transaction=True)
def test_list_page(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    _fill()
    figures = {}
    for name, (url, headers) in VIEWS.items():
        client.get(url, headers=headers)
        figures[name] = [_milliseconds(client, url, headers, is_cached=is_cached) for is_cached in (True, False)]
    with capsys.disabled():
        print(f"\n{ROWS} technologies, ms of CPU: cached, and after a change")
        for name, (hit, miss) in figures.items():
            print(f"{name}: {hit:.2f}, {miss:.1f}")
