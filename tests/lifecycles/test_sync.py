"""Updating the lifecycle data: a good document is activated as a whole and reported by command and task."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from techs import tasks
from techs.lifecycles import endoflife_date, store, sync
from techs.lifecycles.sync import Delta, SyncFailed
from techs.models import LifecycleDataVersion, PeriodicRun, Product, Source
from techs.rules.products import Facts, Outcome
from techs.submissions import outbox
from tests.support.lifecycle_server import (
    HTML,
    PATH,
    TEN,
    Answer,
    LifecycleServer,
    document,
    product,
    release,
    slugs,
    state,
)
from tests.support.waiting import HANG

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parent.parent.parent


def local(slug: str) -> None:
    lines = endoflife_date.read(document(product(slug, release("7.0")))).products
    store.replace_local(Facts(version="local", as_of=date(2026, 11, 1), products=lines))


# --- Good documents ---


def test_facts_come_into_force(publisher: LifecycleServer) -> None:
    report = sync.run()

    load = LifecycleDataVersion.objects.first()
    assert load == report.load
    assert (load.source, load.as_of) == (Source.ENDOFLIFE_DATE, date(2026, 11, 20))
    assert (load.products, load.releases, load.etag, load.url) == (10, 10, '"one"', publisher.url + PATH)
    assert store.current().facts == endoflife_date.read(document(*TEN))
    assert store.current().find("Thing-3 1.0").outcome is Outcome.MATCHED
    assert (len(report.products.added), len(report.releases.added)) == (10, 10)
    assert report.has_changed


def test_one_request_tells_nothing_about_the_list(publisher: LifecycleServer, settings: Any) -> None:
    sync.run()

    ((path, headers),) = publisher.requests
    assert path == PATH
    assert {name.lower() for name in headers} == {"host", "accept", "accept-encoding", "connection", "user-agent"}
    assert headers["User-Agent"] == f"techlist/{settings.VERSION}"


def test_the_starter_table_gives_way_and_never_comes_back(publisher: LifecycleServer) -> None:
    assert slugs(Source.STARTER)
    sync.run()
    assert not slugs(Source.STARTER)
    assert store.load_starter() is None
    call_command("migrate", verbosity=0)
    assert not slugs(Source.STARTER)
    assert LifecycleDataVersion.objects.order_by("-id")[0].source == Source.ENDOFLIFE_DATE


def test_a_fetched_product_replaces_the_starters_of_the_same_slug(publisher: LifecycleServer) -> None:
    publisher.answer = Answer(document(product("django", release("9.9"))))
    report = sync.run()
    assert report.products.added == ("django",)
    assert [line.name for line in store.current().facts.products["django"].cycles] == ["9.9"]


def test_it_reports_what_came_went_and_changed(publisher: LifecycleServer) -> None:
    sync.run()
    renamed = TEN[1] | {"label": "Other"}
    later = product("thing-2", release("2.0"), release("1.0", eolFrom="2027-01-01"))
    publisher.answer = Answer(document(renamed, later, *TEN[3:], product("new-one")), etag='"two"')
    report = sync.run()

    assert report.products == Delta(added=("new-one",), removed=("thing-0",), changed=("thing-1", "thing-2"))
    assert report.releases == Delta(
        added=("new-one 1.0", "thing-2 2.0"), removed=("thing-0 1.0",), changed=("thing-2 1.0",)
    )
    assert list(report.lines()) == [
        "Updated the lifecycle data: 10 products with 11 releases, as of 2026-11-20.",
        "Products: 1 added (new-one), 1 removed (thing-0), 2 changed (thing-1, thing-2).",
        "Releases: 2 added (new-one 1.0, thing-2 2.0), 1 removed (thing-0 1.0), 1 changed (thing-2 1.0).",
    ]
    assert [line.name for line in store.current().facts.products["thing-2"].cycles] == ["2.0", "1.0"]


def test_a_report_names_only_the_first(publisher: LifecycleServer) -> None:
    assert str(sync.run().products) == "10 added (thing-0, thing-1, thing-2, ...), 0 removed, 0 changed"


def test_another_order_of_releases_is_a_change(publisher: LifecycleServer) -> None:
    for releases in ([release("2"), release("1")], [release("1"), release("2")]):
        publisher.answer = Answer(document(product("thing", *releases)))
        assert sync.run().has_changed
    assert [line.name for line in store.current().facts.products["thing"].cycles] == ["1", "2"]


def test_a_compressed_answer(publisher: LifecycleServer) -> None:
    publisher.answer.zipped = True
    assert len(sync.run().products.added) == 10


# --- Nothing new ---


def test_a_304_changes_nothing_but_the_time_of_the_check(publisher: LifecycleServer) -> None:
    first = sync.run().load
    before = state()[:2]
    report = sync.run()

    assert publisher.headers()["If-None-Match"] == '"one"'
    assert not report.has_changed
    assert (report.load.pk, LifecycleDataVersion.objects.count(), state()[:2]) == (first.pk, 2, before)
    assert report.load.checked_at > first.checked_at
    assert list(report.lines()) == ["Already up to date: 10 products with 10 releases, as of 2026-11-20."]


def test_the_same_document_again_is_nothing_new(publisher: LifecycleServer) -> None:
    sync.run()
    before = state()[:2]
    publisher.answer.etag = '"two"'
    assert not sync.run().has_changed
    assert (state()[:2], LifecycleDataVersion.objects.count()) == (before, 2)
    sync.run()
    assert publisher.headers()["If-None-Match"] == '"two"'


def test_a_newer_date_moves_though_nothing_else_did(publisher: LifecycleServer) -> None:
    first = sync.run().load
    publisher.answer = Answer(document(*TEN, generated_at="2026-11-22T00:00:00Z"), etag='"two"')
    report = sync.run()

    assert (report.has_changed, report.is_newer) == (False, True)
    assert (report.load.as_of, report.load.version, report.load.etag) == (date(2026, 11, 22), first.version, '"two"')
    facts = store.current().facts
    assert {facts.as_of, *(found.facts_as_of for found in facts.products.values())} == {date(2026, 11, 22)}
    assert "a new date" in next(report.lines())


def test_an_etag_is_for_its_own_address(publisher: LifecycleServer, settings: Any) -> None:
    sync.run()
    settings.SYNC_URL = f"{publisher.url}/mirror/"
    sync.run()
    assert publisher.requests[-1][0] == f"/mirror{PATH}"
    assert "If-None-Match" not in publisher.headers()


def test_an_etag_that_cannot_be_sent_back_is_forgotten(publisher: LifecycleServer) -> None:
    for etag in ('"é"', f'"{"x" * 300}"'):
        publisher.answer = Answer(document(*TEN), headers={"ETag": etag})
        assert sync.run().load.etag == ""


def test_a_304_that_nobody_asked_for_is_refused(publisher: LifecycleServer) -> None:
    publisher.answer = Answer(status=304)
    with pytest.raises(SyncFailed, match=r"^127\.0\.0\.1 answered 304 Not Modified\.$"):
        sync.run()


# --- Local products ---


def test_local_products_stay_and_win(publisher: LifecycleServer) -> None:
    local("thing-1")
    report = sync.run()

    assert report.kept == ("thing-1",)
    assert list(report.lines())[-1] == "Local products that replace public ones: 1 (thing-1)."
    assert (slugs(Source.LOCAL), len(slugs())) == ({"thing-1"}, 9)
    assert store.current().find("Thing-1 7.0").outcome is Outcome.MATCHED
    assert not sync.run().has_changed


def test_a_product_comes_back_when_the_local_one_is_gone(publisher: LifecycleServer) -> None:
    sync.run()
    local("thing-1")
    sync.run()
    Product.objects.filter(slug="thing-1").delete()
    report = sync.run()
    assert report.products == Delta(added=("thing-1",))
    assert len(slugs()) == 10
    assert all("If-None-Match" not in headers for _, headers in publisher.requests)


# --- Files ---


def test_a_file_serves_as_well(tmp_path: Path, settings: Any) -> None:
    settings.SYNC = False
    path = tmp_path / "full.json"
    path.write_bytes(document(*TEN))
    assert len(sync.run(path).products.added) == 10
    assert not sync.run(path).has_changed
    assert (LifecycleDataVersion.objects.count(), LifecycleDataVersion.objects.order_by("-id")[0].url) == (2, "")


def test_a_file_of_the_same_facts_keeps_the_etag(publisher: LifecycleServer, tmp_path: Path) -> None:
    path = tmp_path / "full.json"
    path.write_bytes(document(*TEN))
    sync.run()
    sync.run(path)
    assert LifecycleDataVersion.objects.order_by("-id")[0].etag == '"one"'


def test_a_copy_on_a_server_of_files(publisher: LifecycleServer, settings: Any) -> None:
    settings.SYNC_URL = f"{publisher.url}/copies/products-full.json"
    sync.run()
    assert [path for path, _ in publisher.requests] == ["/copies/products-full.json"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file or directory."),
        (HTML, "is an HTML page, not lifecycle data."),
        (b"{}", "is unusable: the document: schema_version must be 1.x, not None."),
    ],
)
def test_a_bad_file_changes_nothing(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "full.json"
    if content is not None:
        path.write_bytes(content)
    before = state()
    with pytest.raises(SyncFailed) as failure:
        sync.run(path)
    assert str(failure.value) == f"{path} {reason}"
    assert state() == before


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "full.json"
    path.write_bytes(document(*TEN))
    monkeypatch.setattr(sync, "MAX_SIZE", 100)
    with pytest.raises(SyncFailed, match="is larger than"):
        sync.run(path)


def test_two_at_once_leave_one_whole_set(publisher: LifecycleServer) -> None:
    sync.run()
    publisher.answer = Answer(document(*TEN, product("new-one")))

    def run() -> bool:
        try:
            return sync.run().has_changed
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        changed = [future.result() for future in [pool.submit(run) for _ in range(4)]]
    assert sorted(changed) == [False, False, False, True]
    assert (len(slugs()), LifecycleDataVersion.objects.count()) == (11, 3)


# --- The command, the task, the settings ---


def test_the_command_says_what_changed(publisher: LifecycleServer) -> None:
    output = StringIO()
    call_command("sync_lifecycles", stdout=output)
    assert output.getvalue().startswith("Updated the lifecycle data: 10 products with 10 releases, as of 2026-11-20.\n")


def test_the_command_says_what_is_wrong(publisher: LifecycleServer) -> None:
    publisher.answer = Answer(HTML)
    with pytest.raises(
        CommandError, match=r"^The lifecycle data was not updated: http://.* is an HTML page"
    ) as failure:
        call_command("sync_lifecycles")
    assert failure.value.returncode == 1


def test_the_command_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "full.json"
    path.write_bytes(document(*TEN))
    call_command("sync_lifecycles", "--file", str(path), stdout=StringIO())
    assert len(slugs()) == 10


def test_the_task_has_the_list_assessed_when_the_facts_have_changed(
    publisher: LifecycleServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for _ in range(2):
        fetch_now()
    assert outbox._queue_length() == 1
    publisher.answer = Answer(HTML, status=500)
    fetch_now()
    assert outbox._queue_length() == 1
    assert "The lifecycle data was not updated: 127.0.0.1 answered 500 Internal Server Error." in caplog.messages


def fetch_now() -> None:
    """Run the task as if it had never run before."""
    PeriodicRun.objects.all().delete()
    tasks.sync_lifecycles()


def test_the_task_has_the_list_assessed_for_a_new_date(publisher: LifecycleServer) -> None:
    sync.run()
    publisher.answer = Answer(document(*TEN, generated_at="2026-11-21T00:00:00Z"))
    fetch_now()
    assert outbox._queue_length() == 1


def test_off_sends_nothing(publisher: LifecycleServer, settings: Any) -> None:
    settings.SYNC = False
    with pytest.raises(CommandError, match="TECHLIST_SYNC is off"):
        call_command("sync_lifecycles")
    tasks.sync_lifecycles()
    assert publisher.requests == []


def test_each_installation_has_a_minute_of_its_own() -> None:
    minutes = [started(SECRET_KEY=key).stdout.split()[0] for key in ("one", "one", "two")]
    assert minutes[0] == minutes[1] != minutes[2]
    assert all(0 <= int(minute) < 24 * 60 for minute in minutes)


def test_off_is_not_even_scheduled() -> None:
    assert started().stdout.split()[1] == "60"
    assert started(TECHLIST_SYNC="off").stdout.split()[1] == "None"


@pytest.mark.parametrize(
    "value",
    [
        {"TECHLIST_SYNC": "maybe"},
        {"TECHLIST_SYNC_URL": "ftp://example.org"},
        {"TECHLIST_SYNC_URL": "example"},
        {"TECHLIST_SYNC_URL": "https://name:secret@example.org"},
    ],
)
def test_a_bad_setting_stops_the_start_with_its_name(value: dict[str, str]) -> None:
    (name,) = value
    answer = started(**value)
    assert answer.returncode != 0
    assert f'"{name}"' in answer.stderr.splitlines()[-1]


def started(**environment: str) -> subprocess.CompletedProcess[str]:
    """Print the minute of the day and the schedule in another process, as the tests run with updates off."""
    command = (
        "from techlist.settings import CELERY_BEAT_SCHEDULE as s, SYNC_MINUTE; "
        "print(SYNC_MINUTE, s.get('sync', {}).get('schedule'))"
    )
    env = os.environ | {"TECHLIST_SYNC": "on"} | environment
    return subprocess.run(
        [sys.executable, "-c", command], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_whole_document(tmp_path: Path) -> None:
    path = os.environ.get("TECHLIST_FACTS_FILE")
    if not path:
        pytest.skip("TECHLIST_FACTS_FILE names no saved copy of endoflife.date's /api/v1/products/full/")
    started = time.perf_counter()
    report = sync.run(Path(path))
    assert time.perf_counter() - started < HANG
    assert len(report.products.added) == len(slugs())
    assert store.current().facts == endoflife_date.read(Path(path).read_bytes())
    assert not sync.run(Path(path)).has_changed
