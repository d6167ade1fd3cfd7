"""The last release serves while its database is migrated to the present version: no request fails.

ROWS is the number of technologies and of submissions, 1,000,000 in `make migrations`.
"""

import itertools
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from django.db import connection

from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from tests.support.long_lists import production_memory
from tests.support.migrating import ask, empty_database
from tests.support.servers import Servers
from tests.support.threads import in_background
from tests.upgrades.installation import Installation, as_service
from tests.upgrades.releases import check_out, is_known

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.usefixtures("mysql"),
    pytest.mark.skipif("ROWS" not in os.environ, reason="make migrations"),
]

ROWS = int(os.environ.get("ROWS") or 20_000)
RELEASE = "0.3.0"
ENOUGH = 5
# Seconds of the same load without a migration, as a control.
CONTROL = 60
# Copied to the full length by the database itself.
TEXTS = ("Django 3.2", "PostgreSQL 9.6", "Redis 5", "Ubuntu 18.04", "PHP 7.4", "Thing 1", "Node.js 14", "Go 1.17")
_AT_ONCE = 50_000
# Values that must differ in each row.
_DISTINCT = {
    "techs_tech": {name: f"CONCAT({name}, ' ', LPAD(n, 7, '0'))" for name in ("`name`", "`name_key`", "`rank`")},
    "techs_submission": {"`uuid`": "REPLACE(UUID(), '-', '')"},
}


class Load:
    """Requests of all kinds, one after another in each of some threads."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=15)
        self._numbers = itertools.count()
        self.done: Counter[str] = Counter()
        self.failed: list[str] = []
        self.slowest = 0.0

    def _requests(self, number: int) -> dict[str, Callable[[], httpx.Response]]:
        tech = 1 + number % len(TEXTS)
        return {
            "add": lambda: self._client.post("/api/techs/", json={"text": f"Added {number}"}),
            "list": lambda: self._client.get("/api/techs/?page_size=10"),
            "read": lambda: self._client.get(f"/api/techs/{tech}/"),
            "edit": lambda: self._client.patch(f"/api/techs/{tech}/", json={"note": f"Note {number}"}),
            "ready": lambda: self._client.get("/readyz"),
        }

    def _work(self, ended: threading.Event) -> None:
        while not ended.is_set():
            number = next(self._numbers)
            for name, send in self._requests(number).items():
                self._send(name, send)

    def _send(self, name: str, send: Callable[[], httpx.Response]) -> None:
        began = time.monotonic()
        try:
            status = send().status_code
        except httpx.HTTPError as error:
            self.failed.append(f"{name}: {error!r}")
            return
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.done[name] += 1
        if status >= HTTPStatus.BAD_REQUEST:
            self.failed.append(f"{name}: {status} after {time.monotonic() - began:.1f} s")

    def __str__(self) -> str:
        return f"{self.done.total():,} requests, the slowest in {self.slowest:.1f} s"

    def is_complete(self) -> bool:
        """Return whether there were some requests of each kind."""
        return len(self.done) == len(self._requests(0)) and min(self.done.values()) > ENOUGH

    @contextmanager
    def running(self, threads: int = 3) -> Generator[None, None, None]:
        with self._client, in_background(*[self._work] * threads):
            yield


def columns(table: str) -> list[str]:
    """Return the columns that a row is given, quoted."""
    found = ask(
        "SELECT column_name, extra FROM information_schema.columns "  # noqa: S608  our own name
        f"WHERE table_schema = DATABASE() AND table_name = '{table}'"
    )
    return [f"`{name}`" for name, extra in found if not {"AUTO_INCREMENT", "GENERATED"} & {*extra.upper().split()}]


def multiply(table: str, rows: int) -> None:
    """Copy the rows of a table until there are so many."""
    names = columns(table)
    values = ", ".join(_DISTINCT[table].get(name, name) for name in names)
    limit = "max_recursive_iterations" if getattr(connection, "mysql_is_mariadb", False) else "cte_max_recursion_depth"
    ask(f"SET SESSION {limit} = {_AT_ONCE + 1}")
    [(last,)] = ask(f"SELECT MAX(id) FROM {table}")  # noqa: S608  our own name
    times, at_once = rows // last, _AT_ONCE // last
    for begin in range(0, times, at_once):
        end = min(begin + at_once, times)
        numbers = f"SELECT {begin} AS n UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {end}"  # noqa: S608
        ask(
            f"INSERT INTO {table} ({', '.join(names)}) WITH RECURSIVE numbers AS ({numbers}) "  # noqa: S608  our own names
            f"SELECT {values} FROM numbers, {table} WHERE id <= {last}"
        )
    ask(f"ANALYZE TABLE {table}")


@contextmanager
def patient_connection() -> Generator[None, None, None]:
    """Copying many rows takes longer than a statement may, and migrating them longer than a session may idle."""
    usual = connection.settings_dict["OPTIONS"]
    connection.close()
    connection.settings_dict["OPTIONS"] = usual | {
        "read_timeout": 3600,
        "write_timeout": 3600,
        "init_command": f"{usual['init_command']}, wait_timeout = 3600",
    }
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"] = usual


def test_no_request_fails(servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not is_known(RELEASE):
        pytest.skip(f"the history of this checkout lacks release {RELEASE}")
    with production_memory(), patient_connection(), empty_database(tmp_path) as database:
        env = as_service(servers, database, data=tmp_path / "data", TECHLIST_HTTPS="off", TECHLIST_ACCESS="open")
        old = Installation(check_out(RELEASE, into=tmp_path), servers, env=env)
        old.prepare()
        with old.web(), old.worker(), old.beat():
            for text in TEXTS:
                assert httpx.post(f"{old.url}/api/techs/", json={"text": text}, timeout=15).status_code == 202
            assert wait_until(lambda: ask("SELECT COUNT(*) FROM techs_tech") == [(len(TEXTS),)], timeout=30)
            for table in _DISTINCT:
                multiply(table, ROWS)
            before = _control(old)
            took, load = _migrate(old, Installation(BASE_DIR, servers, env=env))
        [(rows,)] = ask("SELECT COUNT(*) FROM techs_tech")
    with capsys.disabled():
        sys.stdout.write(
            f"\n{rows:,} technologies and as many submissions migrated in {took:.1f} s; {load}; "
            f"before, in {CONTROL} s: {before}\n"
        )
    assert rows > ROWS
    assert load.failed == []


def _control(old: Installation) -> Load:
    """Return the load without a migration."""
    load = Load(old.url)
    with load.running():
        time.sleep(CONTROL)
    assert load.is_complete()
    assert load.failed == [], "requests fail without a migration"
    return load


def _migrate(old: Installation, present: Installation) -> tuple[float, Load]:
    """Migrate under load. Return the seconds that it took, and the load."""
    load = Load(old.url)
    with load.running():
        began = time.monotonic()
        present.manage("migrate", "--no-input")
        took = time.monotonic() - began
        made = load.done.copy()
        load.done.clear()
        # The old version goes on with the new tables.
        assert wait_until(load.is_complete, timeout=60)
    load.done += made
    return took, load
