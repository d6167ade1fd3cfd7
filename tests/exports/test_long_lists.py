"""Lists that are too long for the cache: whole, in parts, in constant memory."""

import gc
import gzip
import json
import random
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

import brotlicffi
import pytest
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.renderers import JSONRenderer

from techs import cache
from techs.inventory import reads, selection, walking
from techs.inventory.queries import ORDERINGS, WHOLE_LIST, ListQuery
from techs.inventory.serializers import BriefTechOutput
from techs.models import Tech
from tests.support.long_lists import lengthen
from tests.support.servers import MariaDB, Valkey

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = [
    "/get",
    "/api/techs/export.csv",
    "/api/techs/export.json",
    "/api/techs/export.md",
    "/api/techs/calendar.ics",
    "/api/techs/export.csv?owner=payments",
    "/api/techs/export.md?ordering=-name&priority=critical",
]
NUMBER = 1_200
MOST_ALIVE = 2 * walking.ROWS_AT_ONCE  # a batch, and the one before


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LONGEST", 1000)


def test_parts_are_the_whole(client: Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lengthen(NUMBER)
    whole = client.get(path)
    cache.invalidate()
    monkeypatch.setattr(cache, "LONGEST", 1000)
    for _ in range(2):
        response = client.get(path)
        assert (whole.streaming, response.streaming, response.status_code) == (False, True, 200)
        headers = {"Content-Type", "Content-Disposition", "Cache-Control", "Vary"} & whole.headers.keys()
        assert {name: response[name] for name in headers} == {name: whole[name] for name in headers}
        parts = list(response)
        assert max(map(len, parts)) < len(whole.content) / 2
        assert b"".join(parts) == whole.content


@pytest.mark.usefixtures("_short")
def test_empty_batches(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows of a batch may have been deleted since it was found."""
    lengthen(60)
    monkeypatch.setattr(walking, "ROWS_AT_ONCE", 1)
    found = selection.rows_at
    monkeypatch.setattr(selection, "rows_at", lambda places: [row for row in found(places) if row.pk % 2])
    for path in ("/get", "/api/techs/export.json"):
        rows = json.loads(client.get(path).getvalue())
        assert len(rows["data"] if path == "/get" else rows) == 30


@pytest.mark.usefixtures("_short")
def test_the_original_client_gets_the_whole_list(client: Client) -> None:
    lengthen(60)
    for accept in ("application/json", "text/html", "*/*"):
        response = client.get("/get", headers={"accept": accept})
        assert response["Content-Type"] == "application/json"
        listed = json.loads(response.getvalue())
        assert (listed["isCached"], len(listed["data"])) == (False, 60)
        assert set(listed["data"][0]) == {"id", "text", "name", "priority", "score", "action", "submitted_at"}


@pytest.mark.usefixtures("_short")
def test_unchanged_is_not_read_again(client: Client, path: str) -> None:
    lengthen(60)
    etag = client.get(path)["ETag"]
    with CaptureQueriesContext(connection) as captured:
        again = client.get(path, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again["ETag"], len(captured)) == (304, b"", etag, 0)
    cache.invalidate()
    changed = client.get(path, headers={"if-none-match": etag})
    assert (changed.status_code, changed["ETag"] != etag) == (200, True)


@pytest.mark.usefixtures("_short")
def test_without_cache_there_is_no_etag(client: Client, path: str, redis_cache: Valkey) -> None:
    lengthen(60)
    whole = client.get(path).getvalue()
    redis_cache.kill()
    response = client.get(path)
    assert ("ETag" in response, response.getvalue()) == (False, whole)


@pytest.mark.usefixtures("_short")
def test_head_reads_nothing(client: Client, path: str) -> None:
    lengthen(60)
    response = client.get(path)
    with CaptureQueriesContext(connection) as captured:
        head = client.head(path)
    assert (head.status_code, head.getvalue(), len(captured)) == (200, b"", 0)
    assert content_headers(head) == content_headers(response)


def content_headers(response: Any) -> dict[str, str]:
    """Return all headers but the id of the request."""
    return {name: value for name, value in response.headers.items() if name != "X-Request-ID"}


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize(("coding", "decode"), [("gzip", gzip.decompress), ("br", brotlicffi.decompress)])
def test_compressed(client: Client, path: str, coding: str, decode: Callable[[bytes], bytes]) -> None:
    lengthen(60)
    whole = client.get(path).getvalue()
    response = client.get(path, headers={"accept-encoding": coding})
    content = response.getvalue()
    assert (response["Content-Encoding"], decode(content), len(content) < len(whole)) == (coding, whole, True)
    assert client.head(path, headers={"accept-encoding": coding})["Content-Encoding"] == coding


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("path", PATHS[:2])
def test_errors_before_the_first_rows_have_their_usual_shape(client: Client, path: str, mariadb: MariaDB) -> None:
    lengthen(60)
    client.get(path).getvalue()
    mariadb.kill()
    response = client.get(path)
    assert (response.status_code, list(response.json())) == (503, ["detail"])


@pytest.mark.usefixtures("_short")
def test_few_rows_are_in_memory(client: Client, path: str) -> None:
    lengthen(1_500)
    gc.collect()
    others = _alive()
    gc.disable()
    try:
        assert max(_alive() for _ in client.get(path)) - others <= MOST_ALIVE
    finally:
        gc.enable()
    rows = list(chain.from_iterable(walking.batches(WHOLE_LIST)))
    assert _alive() - others == len(rows) > MOST_ALIVE


def _alive() -> int:
    return sum(type(each) is Tech for each in gc.get_objects())


@pytest.mark.one_database
def test_memory_does_not_depend_on_the_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """A control that reads all rows at once must fail."""
    monkeypatch.setattr(walking, "PLACES_AT_ONCE", 200)
    monkeypatch.setattr(walking, "ROWS_AT_ONCE", 100)
    lengthen(400)
    short, short_at_once = _peak(reads.render_whole()), _peak(_at_once())
    Tech.objects.all().delete()
    lengthen(4_000)
    assert _peak(reads.render_whole()) < short * 1.2
    assert _peak(_at_once()) > short_at_once * 5


def _at_once() -> Iterator[bytes]:
    rows = list(Tech.objects.order_by("rank"))
    yield JSONRenderer().render(BriefTechOutput(rows, many=True).data)


def _peak(parts: Iterable[bytes]) -> int:
    tracemalloc.start()
    try:
        for _ in parts:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("filters", [{}, {"owner": ("payments",)}, {"tag": ("shop",), "include": "all"}, {"q": "x"}])
def test_rows_that_stay_the_same_are_read_once(
    monkeypatch: pytest.MonkeyPatch, ordering: str, filters: dict[str, Any]
) -> None:
    """While a list is read, other rows move to its begin and end, and some leave."""
    monkeypatch.setattr(walking, "PLACES_AT_ONCE", 4)
    monkeypatch.setattr(walking, "ROWS_AT_ONCE", 2)
    lengthen(40)
    query = ListQuery(ordering=ordering, **filters)
    expected = [row.pk for batch in walking.batches(query) for row in batch]
    chance = random.Random(str(query))  # noqa: S311  repeatable, no secret
    changing = chance.sample(expected, len(expected) // 2)
    staying = set(expected) - set(changing)
    read: list[int] = []
    for batch in walking.batches(query):
        read += [row.pk for row in batch]
        _change(changing.pop(), chance) if changing else None
    assert [pk for pk in read if pk in staying] == [pk for pk in expected if pk in staying]


def _change(pk: int, chance: random.Random) -> None:
    rows = Tech.objects.filter(pk=pk)
    if chance.random() < 0.2:
        rows.delete()
        return
    begin = Value(chance.choice("0z"))
    rows.update(rank=Concat(begin, F("rank")), name_key=Concat(begin, F("name_key")))
