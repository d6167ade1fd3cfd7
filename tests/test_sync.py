"""The facts keep themselves up to date: a good document comes into force whole, a bad one changes nothing."""

import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from techs import download, endoflife, lifecycles, outgoing, submissions, sync, tasks
from techs.download import DownloadFailed, Limits
from techs.facts import Facts, Outcome
from techs.models import FactsLoad, Product, Release, Source
from techs.sync import Delta, SyncFailed
from tests.lifecycle_server import (
    PATH,
    Answer,
    LifecycleServer,
    document,
    lifecycle_server,
    product,
    release,
)
from tests.loopback import silent_port

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parent.parent
TEN = [product(f"thing-{number}") for number in range(10)]
HTML = b"<!doctype html><title>Sorry</title>"


@pytest.fixture
def server(settings: Any) -> Iterator[LifecycleServer]:
    """A stand-in for endoflife.date with ten products, which the settings name."""
    with lifecycle_server() as found:
        found.answer = Answer(document(*TEN), etag='"one"')
        settings.SYNC, settings.SYNC_URL = True, found.url
        yield found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """Limits that a test can wait for."""
    limits = Limits(connect=0.3, silence=0.4, total=0.8, size=10_000)
    monkeypatch.setattr(download, "Limits", lambda: limits)
    return limits


def state() -> list[Any]:
    """Everything that a failed synchronisation must leave as it was."""
    tables = [model.objects.order_by("pk").values_list() for model in (Product, Release, FactsLoad)]
    return [list(rows) for rows in tables]


def slugs(source: Source = Source.ENDOFLIFE_DATE) -> set[str]:
    return set(Product.objects.filter(source=source).values_list("slug", flat=True))


def local(slug: str) -> None:
    lines = endoflife.read(document(product(slug, release("7.0")))).products
    lifecycles.replace_local(Facts(version="local", as_of=date(2026, 11, 1), products=lines))


# --- What a good document does ---


def test_facts_come_into_force(server: LifecycleServer) -> None:
    report = sync.run()

    load = FactsLoad.objects.first()
    assert load == report.load
    assert (load.source, load.as_of) == (Source.ENDOFLIFE_DATE, date(2026, 11, 20))
    assert (load.products, load.releases, load.etag, load.url) == (10, 10, '"one"', server.url + PATH)
    assert lifecycles.current().facts == endoflife.read(document(*TEN))
    assert lifecycles.current().find("Thing-3 1.0").outcome is Outcome.LINE
    assert (len(report.products.added), len(report.releases.added)) == (10, 10)
    assert report.has_changed


def test_one_request_tells_nothing_about_the_list(server: LifecycleServer, settings: Any) -> None:
    sync.run()

    ((path, headers),) = server.requests
    assert path == PATH
    assert {name.lower() for name in headers} == {"host", "accept", "accept-encoding", "connection", "user-agent"}
    assert headers["User-Agent"] == f"techlist/{settings.VERSION}"


def test_the_starter_table_gives_way_and_never_comes_back(server: LifecycleServer) -> None:
    assert slugs(Source.STARTER)
    sync.run()
    assert not slugs(Source.STARTER)
    assert lifecycles.load_starter() is None
    call_command("migrate", verbosity=0)
    assert not slugs(Source.STARTER)
    assert FactsLoad.objects.order_by("-id")[0].source == Source.ENDOFLIFE_DATE


def test_a_fetched_product_replaces_the_starters_of_the_same_slug(server: LifecycleServer) -> None:
    server.answer = Answer(document(product("django", release("9.9"))))
    report = sync.run()
    assert report.products.added == ("django",)
    assert [line.name for line in lifecycles.current().facts.products["django"].lines] == ["9.9"]


def test_it_reports_what_came_went_and_changed(server: LifecycleServer) -> None:
    sync.run()
    renamed = TEN[1] | {"label": "Other"}
    later = product("thing-2", release("2.0"), release("1.0", eolFrom="2027-01-01"))
    server.answer = Answer(document(renamed, later, *TEN[3:], product("new-one")), etag='"two"')
    report = sync.run()

    assert report.products == Delta(added=("new-one",), removed=("thing-0",), changed=("thing-1", "thing-2"))
    assert report.releases == Delta(
        added=("new-one 1.0", "thing-2 2.0"), removed=("thing-0 1.0",), changed=("thing-2 1.0",)
    )
    assert list(report.lines()) == [
        "New facts are in force: 10 products with 11 releases, as of 2026-11-20.",
        "Products: 1 added (new-one), 1 removed (thing-0), 2 changed (thing-1, thing-2).",
        "Releases: 2 added (new-one 1.0, thing-2 2.0), 1 removed (thing-0 1.0), 1 changed (thing-2 1.0).",
    ]
    assert [line.name for line in lifecycles.current().facts.products["thing-2"].lines] == ["2.0", "1.0"]


def test_a_report_names_only_the_first(server: LifecycleServer) -> None:
    assert str(sync.run().products) == "10 added (thing-0, thing-1, thing-2, ...), 0 removed, 0 changed"


def test_another_order_of_releases_is_a_change(server: LifecycleServer) -> None:
    for releases in ([release("2"), release("1")], [release("1"), release("2")]):
        server.answer = Answer(document(product("thing", *releases)))
        assert sync.run().has_changed
    assert [line.name for line in lifecycles.current().facts.products["thing"].lines] == ["1", "2"]


def test_a_compressed_answer(server: LifecycleServer) -> None:
    server.answer.zipped = True
    assert len(sync.run().products.added) == 10


# --- Nothing new ---


def test_a_304_changes_nothing_but_the_time_of_the_check(server: LifecycleServer) -> None:
    first = sync.run().load
    before = state()[:2]
    report = sync.run()

    assert server.headers()["If-None-Match"] == '"one"'
    assert not report.has_changed
    assert (report.load.pk, FactsLoad.objects.count(), state()[:2]) == (first.pk, 2, before)
    assert report.load.checked_at > first.checked_at
    assert list(report.lines()) == ["Nothing new: 10 products with 10 releases, as of 2026-11-20."]


def test_the_same_document_again_is_nothing_new(server: LifecycleServer) -> None:
    sync.run()
    before = state()[:2]
    server.answer.etag = '"two"'
    assert not sync.run().has_changed
    assert (state()[:2], FactsLoad.objects.count()) == (before, 2)
    sync.run()
    assert server.headers()["If-None-Match"] == '"two"'


def test_a_newer_date_moves_though_nothing_else_did(server: LifecycleServer) -> None:
    first = sync.run().load
    server.answer = Answer(document(*TEN, generated_at="2026-12-24T00:00:00Z"), etag='"two"')
    report = sync.run()

    assert (report.has_changed, report.is_newer) == (False, True)
    assert (report.load.as_of, report.load.version, report.load.etag) == (date(2026, 12, 24), first.version, '"two"')
    facts = lifecycles.current().facts
    assert {facts.as_of, *(found.facts_as_of for found in facts.products.values())} == {date(2026, 12, 24)}
    assert "a new date" in next(report.lines())


def test_an_etag_is_for_its_own_address(server: LifecycleServer, settings: Any) -> None:
    sync.run()
    settings.SYNC_URL = f"{server.url}/mirror/"
    sync.run()
    assert server.requests[-1][0] == f"/mirror{PATH}"
    assert "If-None-Match" not in server.headers()


def test_an_etag_that_cannot_be_sent_back_is_forgotten(server: LifecycleServer) -> None:
    for etag in ('"é"', f'"{"x" * 300}"'):
        server.answer = Answer(document(*TEN), headers={"ETag": etag})
        assert sync.run().load.etag == ""


def test_a_304_that_nobody_asked_for_is_refused(server: LifecycleServer) -> None:
    server.answer = Answer(status=304)
    with pytest.raises(SyncFailed, match=r"^127\.0\.0\.1 answered 304 Not Modified\.$"):
        sync.run()


# --- Local products ---


def test_local_products_stay_and_win(server: LifecycleServer) -> None:
    local("thing-1")
    report = sync.run()

    assert report.kept == ("thing-1",)
    assert list(report.lines())[-1] == "Left to local products of the same name: 1 (thing-1)."
    assert (slugs(Source.LOCAL), len(slugs())) == ({"thing-1"}, 9)
    assert lifecycles.current().find("Thing-1 7.0").outcome is Outcome.LINE
    assert not sync.run().has_changed


def test_a_product_comes_back_when_the_local_one_is_gone(server: LifecycleServer) -> None:
    sync.run()
    local("thing-1")
    sync.run()
    Product.objects.filter(slug="thing-1").delete()
    report = sync.run()
    assert report.products == Delta(added=("thing-1",))
    assert len(slugs()) == 10
    assert all("If-None-Match" not in headers for _, headers in server.requests)


# --- Files ---


def test_a_file_serves_as_well(tmp_path: Path, settings: Any) -> None:
    settings.SYNC = False
    path = tmp_path / "full.json"
    path.write_bytes(document(*TEN))
    assert len(sync.run(path).products.added) == 10
    assert not sync.run(path).has_changed
    assert (FactsLoad.objects.count(), FactsLoad.objects.order_by("-id")[0].url) == (2, "")


def test_a_file_of_the_same_facts_keeps_the_etag(server: LifecycleServer, tmp_path: Path) -> None:
    path = tmp_path / "full.json"
    path.write_bytes(document(*TEN))
    sync.run()
    sync.run(path)
    assert FactsLoad.objects.order_by("-id")[0].etag == '"one"'


def test_a_copy_on_a_server_of_files(server: LifecycleServer, settings: Any) -> None:
    settings.SYNC_URL = f"{server.url}/copies/products-full.json"
    sync.run()
    assert [path for path, _ in server.requests] == ["/copies/products-full.json"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file or directory."),
        (HTML, "is a page of HTML, not the facts."),
        (b"{}", "cannot be used: the document: schema_version must be 1.x, and is None."),
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
    with pytest.raises(SyncFailed, match="has more than"):
        sync.run(path)


def test_two_at_once_leave_one_whole_set(server: LifecycleServer) -> None:
    sync.run()
    server.answer = Answer(document(*TEN, product("new-one")))

    def run() -> bool:
        try:
            return sync.run().has_changed
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        changed = [future.result() for future in [pool.submit(run) for _ in range(4)]]
    assert sorted(changed) == [False, False, False, True]
    assert (len(slugs()), FactsLoad.objects.count()) == (11, 3)


# --- What a bad answer does: nothing ---

SHORT = document(*TEN[:8])
TWINS = document(*TEN, product("thing_1", label="Twin"))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(HTML, headers={"Content-Type": "text/html"}), "is a page of HTML, not the facts"),
        (Answer(b" \n<html>"), "is a page of HTML"),
        (Answer(HTML, status=500), "answered 500 Internal Server Error"),
        (Answer(HTML, status=503, headers={"Retry-After": "soon"}), r"answered 503 Service Unavailable\."),
        (Answer(HTML, status=404), "answered 404 Not Found"),
        (Answer(document(*TEN), status=206), "answered 206 Partial Content"),
        (Answer(b"", status=204), "answered 204 No Content"),
        (Answer(b"", status=599), r"answered 599\."),
        (Answer(b""), "cannot be used: not JSON"),
        (Answer(b"Sorry"), "cannot be used: not JSON"),
        (Answer(document(*TEN)[:500]), "cannot be used: not JSON"),
        (Answer(document(*TEN), cut=100), "broke off: peer closed connection"),
        (Answer(document(*TEN), zipped=True, cut=100), "broke off"),
        (Answer(b"no", headers={"Content-Encoding": "gzip"}), "broke off"),
        (Answer(document(*TEN, schema_version="2.0.0")), "schema_version must be 1.x, and is '2.0.0'"),
        (Answer(document(*TEN, total=11)), "total is 11, but the list has 10"),
        (Answer(TWINS), "the name 'thing_1' belongs to product thing-1 too"),
        (Answer(SHORT), r"lack 2 of 10 products known before \(thing-8, thing-9\); at least 90 % must be kept"),
        (Answer(document(*TEN[:9], *TEN[:1])), "listed twice"),
        (Answer(b"x" * 10_001), "sends more than 0 MB"),
        (Answer(b" " * 1_000_000, zipped=True), "sends more than 0 MB"),
    ],
)
@pytest.mark.usefixtures("quick")
def test_a_bad_answer_changes_nothing(server: LifecycleServer, answer: Answer, reason: str) -> None:
    sync.run()
    before = state()
    server.answer = answer
    with pytest.raises(SyncFailed, match=reason) as failure:
        sync.run()
    assert str(failure.value).endswith(".")
    assert "\n" not in str(failure.value)
    assert state() == before


def test_nine_of_ten_are_enough(server: LifecycleServer) -> None:
    sync.run()
    server.answer = Answer(document(*TEN[:9]))
    assert sync.run().products.removed == ("thing-9",)


def test_products_of_the_starter_table_need_not_be_kept(server: LifecycleServer) -> None:
    server.answer = Answer(document(product("lone")))
    sync.run()
    assert slugs() == {"lone"}


def test_an_error_in_the_database_undoes_all(server: LifecycleServer, monkeypatch: pytest.MonkeyPatch) -> None:
    sync.run()
    before = state()
    server.answer = Answer(document(*TEN, product("new-one")))

    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError("the power is out")

    monkeypatch.setattr(FactsLoad.objects, "create", broken)
    with pytest.raises(RuntimeError):
        sync.run()
    assert state() == before


@pytest.mark.parametrize("status", [429, 503])
def test_the_server_says_when_to_try_again(server: LifecycleServer, status: int) -> None:
    before = state()
    server.answer = Answer(HTML, status=status, headers={"Retry-After": "3600"})
    with pytest.raises(SyncFailed, match=rf"answered {status} .*; try again after ") as failure:
        sync.run()
    at = datetime.fromisoformat(str(failure.value).split("after ")[1].removesuffix(" UTC.")).replace(tzinfo=UTC)
    assert timedelta(minutes=59) < at - datetime.now(UTC) <= timedelta(hours=1)
    assert (state(), len(server.requests)) == (before, 1)


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "at"),
    [
        ("0", NOW),
        ("90", NOW + timedelta(seconds=90)),
        (format_datetime(NOW + timedelta(hours=2), usegmt=True), NOW + timedelta(hours=2)),
        (format_datetime(NOW - timedelta(hours=2), usegmt=True), None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
        ("99999999", None),
        ("Sun, 22 Nov 2026 12:00:00", None),
    ],
)
def test_retry_after(header: str, at: datetime | None) -> None:
    assert outgoing.retry_at(header, now=NOW) == at


# --- Redirects ---


def test_redirects_are_followed(server: LifecycleServer) -> None:
    for number, status in enumerate([301, 302, 303, 307, 308]):
        server.answers[f"{PATH}{number or ''}"] = Answer(status=status, headers={"Location": f"{PATH}{number + 1}"})
    sync.run()
    assert [path for path, _ in server.requests] == [PATH, *(f"{PATH}{number}" for number in range(1, 6))]
    assert len(slugs()) == 10


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (PATH, "redirects more than 5 times"),
        ("ftp://127.0.0.1/facts", "redirects from http to ftp, which is not followed"),
        ("file:///etc/hostname", "redirects from http to file"),
        ("http://127.0.0.1:99999/", r"127\.0\.0\.1 can have no port 99999"),
        ("http://127.0.0.1:port/", "broke off"),
        ("http://nowhere.invalid/", r"^nowhere\.invalid cannot be reached"),
    ],
)
def test_redirects_that_are_not_followed(server: LifecycleServer, location: str, reason: str) -> None:
    before = state()
    server.answer = Answer(status=302, headers={"Location": location})
    with pytest.raises(SyncFailed, match=reason):
        sync.run()
    assert state() == before
    assert len(server.requests) <= 6


# --- Time ---


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(document(*TEN), pause=1.5), r"^127\.0\.0\.1 was silent for 0\.4 seconds\.$"),
        (Answer(document(*TEN), drip=0.05), r"^The download took longer than 0\.8 seconds\.$"),
    ],
    ids=["silent", "dripping"],
)
def test_a_slow_answer_is_given_up(server: LifecycleServer, quick: Limits, answer: Answer, reason: str) -> None:
    before = state()
    server.answer = answer
    started = time.monotonic()
    with pytest.raises(SyncFailed, match=reason):
        sync.run()
    assert time.monotonic() - started < quick.total + 2
    assert state() == before


def test_redirects_do_not_add_time(server: LifecycleServer, quick: Limits) -> None:
    server.answer = Answer(status=302, headers={"Location": PATH}, pause=0.2)
    with pytest.raises(SyncFailed, match="took longer than"):
        sync.run()


def test_a_connection_that_nobody_accepts(quick: Limits) -> None:
    with silent_port() as port, pytest.raises(DownloadFailed, match=r"accepted no connection within 0\.3 seconds"):
        download.fetch(f"http://127.0.0.1:{port}", user_agent="test", limits=quick)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1", r"^127\.0\.0\.1 cannot be reached: "),
        ("http://nowhere.invalid", r"^nowhere\.invalid cannot be reached: "),
        ("http://127.0.0.1:99999", r"^127\.0\.0\.1 can have no port 99999\.$"),
        ("http://127.0.0.1:port", "^The download cannot begin: "),
    ],
)
def test_a_server_that_is_not_there(url: str, reason: str) -> None:
    with pytest.raises(DownloadFailed, match=reason):
        download.fetch(url, user_agent="test")


def test_it_speaks_tls_to_servers_that_do(server: LifecycleServer) -> None:
    with pytest.raises(DownloadFailed, match="cannot be reached"):
        download.fetch(server.url.replace("http:", "https:"), user_agent="test")


def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")
    with pytest.raises(DownloadFailed, match=r"The download cannot begin: .*nonsense"):
        download.fetch("http://example.invalid", user_agent="test")


# --- The command, the task, the settings ---


def test_the_command_says_what_changed(server: LifecycleServer) -> None:
    output = StringIO()
    call_command("sync_lifecycles", stdout=output)
    assert output.getvalue().startswith("New facts are in force: 10 products with 10 releases, as of 2026-11-20.\n")


def test_the_command_says_what_is_wrong(server: LifecycleServer) -> None:
    server.answer = Answer(HTML)
    with pytest.raises(CommandError, match=r"^The facts stay as they are: http://.* is a page of HTML") as failure:
        call_command("sync_lifecycles")
    assert failure.value.returncode == 1


def test_the_command_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "full.json"
    path.write_bytes(document(*TEN))
    call_command("sync_lifecycles", "--file", str(path), stdout=StringIO())
    assert len(slugs()) == 10


def test_the_task_has_the_list_assessed_when_the_facts_have_changed(
    server: LifecycleServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for _ in range(2):
        tasks.sync_lifecycles()
    assert submissions._queue_length() == 1
    server.answer = Answer(HTML, status=500)
    tasks.sync_lifecycles()
    assert submissions._queue_length() == 1
    assert "The facts stay as they are: 127.0.0.1 answered 500 Internal Server Error." in caplog.messages


def test_off_sends_nothing(server: LifecycleServer, settings: Any) -> None:
    settings.SYNC = False
    with pytest.raises(CommandError, match="TECHLIST_SYNC is off"):
        call_command("sync_lifecycles")
    tasks.sync_lifecycles()
    assert server.requests == []


def test_the_schedule_is_daily_in_a_minute_of_the_installations_own() -> None:
    minutes = [started(SECRET_KEY=key).stdout.strip() for key in ("one", "one", "two")]
    assert minutes[0] == minutes[1] != minutes[2]
    assert all(re.fullmatch(r"<crontab: [0-9]+ [0-9]+ \* \* \* .*>", minute) for minute in minutes)
    assert started(TECHLIST_SYNC="off").stdout.strip() == "None"


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
    """Another process that reads the settings and prints its schedule. The tests themselves run with sync off."""
    command = "from techlist.settings import CELERY_BEAT_SCHEDULE as s; print(s.get('sync', {}).get('schedule'))"
    env = os.environ | {"TECHLIST_SYNC": "on"} | environment
    return subprocess.run(
        [sys.executable, "-c", command], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_version_is_that_of_the_change_log(settings: Any) -> None:
    assert (ROOT / "CHANGELOG.md").read_text().startswith(f"# {settings.VERSION}\n")
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == settings.VERSION


def test_the_whole_document(tmp_path: Path) -> None:
    path = os.environ.get("TECHLIST_FACTS_FILE")
    if not path:
        pytest.skip("TECHLIST_FACTS_FILE names no saved copy of endoflife.date's /api/v1/products/full/")
    started = time.perf_counter()
    report = sync.run(Path(path))
    assert time.perf_counter() - started < 10
    assert len(report.products.added) == len(slugs())
    assert lifecycles.current().facts == endoflife.read(Path(path).read_bytes())
    assert not sync.run(Path(path)).has_changed
