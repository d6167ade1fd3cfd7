"""GET /api/state/: another text after each change of the list, which reveals nothing and costs little."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from techlist.local.processes import wait_until
from techs import cache
from techs.imports import service as imports
from techs.imports.manifests import read
from techs.inventory import editing, invalidation, reads, reassessment, services, undo
from techs.inventory.queries import ListQuery
from techs.models import Action, Submission, Tech
from techs.submissions import batches
from tests.support.browser import PASSWORD, browser, log_in
from tests.support.factories import add, submit
from tests.support.round_trips import counted_round_trips
from tests.support.servers import Servers, Valkey
from tests.support.services import Web
from tests.support.threads import in_background

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/state/"
EDITS = 12
READS_PER_EDIT = 12


def state(client: Client) -> str:
    response = client.get(URL)
    assert response.status_code == 200
    assert list(response.json()) == ["state"]
    text: str = response.json()["state"]
    return text


def test_unchanged(client: Client) -> None:
    add("Django 3.2")
    before = client.get(URL)
    assert state(client) == before.json()["state"]
    unchanged = client.get(URL, headers={"if-none-match": before["ETag"]})
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", before["ETag"])
    assert before["Cache-Control"] == "private, no-cache"


def test_it_takes_one_round_trip_and_no_query(client: Client, django_assert_num_queries: Any) -> None:
    state(client)
    with counted_round_trips() as sent, django_assert_num_queries(0):
        state(client)
    assert len(sent) == 1


def test_it_does_not_reveal_the_token(client: Client) -> None:
    text = state(client)
    token = cache._token() or ""
    assert len(token) > 32
    assert token not in client.get(URL).content.decode()
    assert token.removeprefix("t") not in str(client.get(URL).headers)
    assert text == cache.read_state().state


CHANGES: dict[str, Callable[[Tech], object]] = {
    "another technology": lambda tech: add("Python 3.9"),
    "the same technology again": lambda tech: submit("Django 3.2"),
    "an import": lambda tech: _import("Redis 7.0\nNode.js 18"),
    "a note": lambda tech: editing.edit(tech, note="seen"),
    "another version": lambda tech: editing.edit(tech, text="Django 5.2"),
    "removed": editing.remove,
    "an undone edit": lambda tech: _undo(editing.edit, tech, note="seen"),
    "a service": lambda tech: services.create(name="Shop"),
    "a renamed service": lambda tech: services.change(services.create(name="Shop")[0], name="Store"),
    "a deleted service": lambda tech: services.delete(services.create(name="Shop")[0]),
    "new lifecycle data": lambda tech: invalidation.show_new_lifecycle_data(),
    "another day": lambda tech: _reassess(),
}


def _import(text: str) -> None:
    imports.accept(read("pasted.txt", text.encode()))
    batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=10)


def _undo(change: Callable[..., object], tech: Tech, **values: object) -> None:
    change(tech, **values)
    undo.undo(Action.objects.latest("pk").pk)


def _reassess() -> None:
    Tech.objects.update(basis="another day")
    reassessment.reassess(seconds=5)


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_changes_it(client: Client, change: str) -> None:
    tech = add("Django 3.2")
    before = state(client)
    CHANGES[change](tech)
    after = state(client)
    assert after != before
    assert state(client) == after


def test_pages_know_the_state_from_before_their_content(client: Client) -> None:
    add("Django 3.2")
    missed, _ = reads.read_page(ListQuery())
    found, is_cached = reads.read_page(ListQuery())
    assert is_cached
    assert missed.state == found.state == state(client)
    add("Python 3.9")
    assert reads.read_page(ListQuery())[0].state == state(client) != found.state


def test_without_the_cache(client: Client, redis_cache: Valkey) -> None:
    """A state from the database could miss a change, so there is none."""
    tech = add("Django 3.2")
    before = state(client)
    redis_cache.pause()
    for _ in range(2):
        response = client.get(URL, headers={"if-none-match": f'W/"{before}"'})
        assert (response.status_code, list(response.json())) == (503, ["detail"])
        assert int(response["Retry-After"]) > 0
        assert cache.breaker.is_open, "every question waits"
    assert reads.read_page(ListQuery())[0].state == ""
    redis_cache.resume()
    cache.breaker.close()
    assert state(client) == before
    editing.edit(tech, note="seen")
    assert state(client) != before


@pytest.mark.slow
@pytest.mark.one_database
def test_with_a_session(login_web_process: Web, servers: Servers, mysql: None) -> None:
    """An open page asks often, so it takes one query for the session with its user, and one round trip to Redis."""
    User.objects.create_user("ada", password=PASSWORD)
    with browser(login_web_process) as person:
        log_in(person, "ada")
        person.headers["Accept"] = "application/json"
        etag = person.get(URL).headers["ETag"]
        before = _selects(), servers.cache.calls("mget")
        unchanged = person.get(URL, headers={"If-None-Match": etag})
        assert unchanged.status_code == 304
        assert (_selects() - before[0], servers.cache.calls("mget") - before[1]) == (1, 1)


def _selects() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Com_select'")
        return int(cursor.fetchone()[1])


def test_token_that_vanishes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer deletes the token between two calls: the state is one that nobody has seen."""
    monkeypatch.setattr(cache, "_token", lambda: None)
    assert state(client) != state(client)


@dataclass
class Watch:
    """Readings of the state while a technology is edited, with the moments before and after each.

    read: returns the state; it gets the number of edits so far.
    """

    read: Callable[[int], str]
    readings: list[tuple[float, float, str]] = field(default_factory=list)
    edits: list[tuple[float, float]] = field(default_factory=list)

    def go(self) -> "Watch":
        tech = add("Django 3.2")
        with in_background(*[self._read] * 3):
            for number in range(EDITS):
                begun = time.monotonic()
                editing.edit(tech, note=f"note {number}")
                self.edits.append((begun, time.monotonic()))
                enough = len(self.readings) + READS_PER_EDIT
                assert wait_until(partial(self._has_read, enough), timeout=30, step=0.001)
        return self

    @property
    def missed(self) -> int:
        """The number of edits before which a state was read, and read again after they were done."""
        first: dict[str, float] = {}
        last: dict[str, float] = {}
        for before, after, text in self.readings:
            first[text] = min(after, first.get(text, after))
            last[text] = max(before, last.get(text, before))
        return sum(any(first[text] < begun and done < last[text] for text in first) for begun, done in self.edits)

    def _read(self, ended: threading.Event) -> None:
        while not ended.is_set():
            before = time.monotonic()
            text = self.read(len(self.edits))
            self.readings.append((before, time.monotonic(), text))

    def _has_read(self, number: int) -> bool:
        return len(self.readings) >= number


def test_no_change_is_missed() -> None:
    watch = Watch(lambda _: cache.read_state().state).go()
    assert len(watch.edits) == EDITS
    assert watch.missed == 0


def test_control_that_misses_changes() -> None:
    kept: dict[int, str] = {}
    watch = Watch(lambda edits: kept.setdefault(edits // 2, cache.read_state().state)).go()
    assert watch.missed > EDITS / 4
