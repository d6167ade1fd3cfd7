"""Updating the lifecycle data: with any problem of the source, the active data stays unchanged."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from techs import tasks
from techs.lifecycles import endoflife_date, store, sync
from techs.lifecycles.sync import SyncFailed, SyncRefused
from techs.models import LifecycleDataVersion
from techs.net import download, http
from techs.net.download import DownloadFailed, Limits
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
from tests.support.loopback import silent_port
from tests.support.waiting import HANG

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """Time limits that a test can wait for."""
    limits = Limits(connect=0.3, silence=0.4, total=3, size=10_000)
    monkeypatch.setattr(download, "Limits", lambda: limits)
    return limits


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A size limit that a test can reach, and enough time for a busy machine."""
    limits = Limits(connect=10, silence=10, total=30, size=10_000)
    monkeypatch.setattr(download, "Limits", lambda: limits)


# --- Answers ---

SHORT = document(*TEN[:8])
EARLIER = document(*TEN, product("new-one"), generated_at="2026-11-19T23:59:59+00:00")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(HTML, headers={"Content-Type": "text/html"}), "is an HTML page, not lifecycle data"),
        (Answer(b" \n<html>"), "is an HTML page"),
        (Answer(HTML, status=500), "answered 500 Internal Server Error"),
        (Answer(HTML, status=503, headers={"Retry-After": "soon"}), r"answered 503 Service Unavailable\."),
        (Answer(HTML, status=404), "answered 404 Not Found"),
        (Answer(document(*TEN), status=206), "answered 206 Partial Content"),
        (Answer(b"", status=204), "answered 204 No Content"),
        (Answer(b"", status=599), r"answered 599\."),
        (Answer(b""), "is unusable: not JSON"),
        (Answer(b"Sorry"), "is unusable: not JSON"),
        (Answer(document(*TEN)[:500]), "is unusable: not JSON"),
        (Answer(document(*TEN), cut=100), "was interrupted: peer closed connection"),
        (Answer(document(*TEN), zipped=True, cut=100), "was interrupted"),
        (Answer(b"no", headers={"Content-Encoding": "gzip"}), "was interrupted"),
        (Answer(b"no", headers={"Content-Encoding": "br"}), "other than gzip"),
        (Answer(b"no", headers={"Content-Encoding": "gzip, br"}), "other than gzip"),
        (Answer(document(*TEN, schema_version="2.0.0")), "schema_version must be 1.x, not '2.0.0'"),
        (Answer(EARLIER), "is from 2026-11-19, older than the active data from 2026-11-20"),
        (Answer(document(*[each | {"releases": None} for each in TEN])), "has no usable product"),
        (Answer(document(*TEN[:8], *[each | {"releases": None} for each in TEN[8:]])), "lacks 2 of 10 known products"),
        (Answer(SHORT), r"lacks 2 of 10 known products \(thing-8, thing-9\); at least 90 % must remain"),
        (Answer(b"x" * 10_001), "sent more than 0 MB"),
        (Answer(b" " * 1_000_000, zipped=True), "sent more than 0 MB"),
    ],
)
@pytest.mark.usefixtures("small")
def test_a_bad_answer_changes_nothing(publisher: LifecycleServer, answer: Answer, reason: str) -> None:
    sync.run()
    before = state()
    publisher.answer = answer
    with pytest.raises(SyncFailed, match=reason) as failure:
        sync.run()
    assert str(failure.value).endswith(".")
    assert "\n" not in str(failure.value)
    assert state() == before


def test_nine_of_ten_are_enough(publisher: LifecycleServer) -> None:
    sync.run()
    publisher.answer = Answer(document(*TEN[:9]))
    assert sync.run().products.removed == ("thing-9",)


@pytest.mark.parametrize("answer", [document(*TEN, schema_version="2.0.0"), SHORT, EARLIER])
def test_a_person_may_force_what_is_refused(publisher: LifecycleServer, answer: bytes) -> None:
    sync.run()
    publisher.answer = Answer(answer)
    with pytest.raises(SyncRefused):
        sync.run()
    sync.run(force=True)
    assert store.current().facts == endoflife_date.read(answer, any_schema=True)


@pytest.mark.parametrize("answer", [HTML, b"[]", b"{}", document(), document({"name": ""})])
def test_nobody_can_force_what_holds_nothing(publisher: LifecycleServer, answer: bytes) -> None:
    before = state()
    publisher.answer = Answer(answer)
    with pytest.raises(SyncFailed):
        sync.run(force=True)
    assert state() == before


def test_a_document_of_the_same_day_is_not_older(publisher: LifecycleServer) -> None:
    sync.run()
    publisher.answer = Answer(document(*TEN, product("new-one"), generated_at="2026-11-20T00:00:00+00:00"))
    assert sync.run().products.added == ("new-one",)


def test_the_starter_table_and_local_products_may_be_newer(publisher: LifecycleServer) -> None:
    store.activate_local_changes()
    publisher.answer = Answer(document(*TEN, generated_at="2025-08-22T00:00:00+00:00"))
    assert sync.run().load.as_of == date(2025, 8, 22)


def test_a_document_from_the_future_is_of_today(publisher: LifecycleServer) -> None:
    today = datetime.now(UTC).date()
    publisher.answer = Answer(document(*TEN, generated_at="2099-01-01T00:00:00+00:00"))
    assert sync.run().load.as_of == today
    assert {found.facts_as_of for found in store.current().facts.products.values()} == {today}


def test_facts_that_a_wrong_clock_dated_keep_nothing_out(publisher: LifecycleServer) -> None:
    LifecycleDataVersion.objects.filter(pk=sync.run().load.pk).update(as_of=date(2099, 1, 1))
    now = datetime.now(UTC).isoformat()
    publisher.answer = Answer(document(*TEN, product("new-one"), generated_at=now))
    assert sync.run().products.added == ("new-one",)


ODD = document(
    *TEN,
    product("panos", release("5.1", latest={"name": "", "date": None}), release("5.0", eolFrom="soon")),
    {"name": "broken"},
    total=99,
)
LEFT_OUT = [
    "Skipped: 1 product, 1 release, 1 detail.",
    "  product broken: releases must be a list",
    "  product panos, release 5.0: eolFrom must be a date such as 2026-11-22, not 'soon'",
    "  the document: total is 99, but the list has 12",
]


def test_bad_parts_cost_no_others_and_are_reported(publisher: LifecycleServer) -> None:
    publisher.answer = Answer(ODD)
    output = StringIO()
    call_command("sync_lifecycles", stdout=output)
    assert output.getvalue().splitlines()[-4:] == LEFT_OUT
    assert LifecycleDataVersion.objects.order_by("-id")[0].left_out == LEFT_OUT
    assert slugs() == {*(f"thing-{number}" for number in range(10)), "panos"}


def test_a_report_of_many_bad_parts_is_short(publisher: LifecycleServer) -> None:
    broken = [product(f"broken-{number}", releases=None) for number in range(500)]
    publisher.answer = Answer(document(*TEN, *broken))
    output = StringIO()
    call_command("sync_lifecycles", stdout=output)
    lines = output.getvalue().splitlines()
    assert lines[-22] == "Skipped: 500 products."
    assert lines[-1] == "  and 480 more."


def test_bad_parts_of_a_scheduled_fetch_are_one_line_of_the_log(
    publisher: LifecycleServer, caplog: pytest.LogCaptureFixture
) -> None:
    publisher.answer = Answer(ODD)
    tasks.sync_lifecycles()
    (line,) = [message for message in caplog.messages if message.startswith("Skipped")]
    assert line == f"{LEFT_OUT[0]} {'; '.join(part.strip() for part in LEFT_OUT[1:])}"


@pytest.mark.parametrize("source", ["file", "address"])
def test_the_command_forces(publisher: LifecycleServer, tmp_path: Path, source: str) -> None:
    sync.run()
    publisher.answer = Answer(EARLIER)
    path = tmp_path / "full.json"
    path.write_bytes(EARLIER)
    options = ["--file", str(path)] if source == "file" else []
    with pytest.raises(
        CommandError, match=r"older than the active data from 2026-11-20\. Add --force to load it anyway\.$"
    ):
        call_command("sync_lifecycles", *options)
    call_command("sync_lifecycles", *options, "--force", stdout=StringIO())
    assert "new-one" in slugs()


def test_products_of_the_starter_table_need_not_be_kept(publisher: LifecycleServer) -> None:
    publisher.answer = Answer(document(product("lone")))
    sync.run()
    assert slugs() == {"lone"}


def test_an_error_in_the_database_undoes_all(publisher: LifecycleServer, monkeypatch: pytest.MonkeyPatch) -> None:
    sync.run()
    before = state()
    publisher.answer = Answer(document(*TEN, product("new-one")))

    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError("the power is out")

    monkeypatch.setattr(LifecycleDataVersion.objects, "create", broken)
    with pytest.raises(RuntimeError):
        sync.run()
    assert state() == before


@pytest.mark.parametrize("status", [429, 503])
def test_the_server_says_when_to_try_again(publisher: LifecycleServer, status: int) -> None:
    before = state()
    publisher.answer = Answer(HTML, status=status, headers={"Retry-After": "3600"})
    with pytest.raises(SyncFailed, match=rf"answered {status} .*; try again after ") as failure:
        sync.run()
    at = datetime.fromisoformat(str(failure.value).split("after ")[1].removesuffix(" UTC.")).replace(tzinfo=UTC)
    assert timedelta(minutes=59) < at - datetime.now(UTC) <= timedelta(hours=1)
    assert (state(), len(publisher.requests)) == (before, 1)


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
    assert http.retry_at(header, now=NOW) == at


# --- Redirects ---


def test_redirects_are_followed(publisher: LifecycleServer) -> None:
    for number, status in enumerate([301, 302, 303, 307, 308]):
        publisher.answers[f"{PATH}{number or ''}"] = Answer(status=status, headers={"Location": f"{PATH}{number + 1}"})
    sync.run()
    assert [path for path, _ in publisher.requests] == [PATH, *(f"{PATH}{number}" for number in range(1, 6))]
    assert len(slugs()) == 10


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (PATH, "redirects more than 5 times"),
        ("ftp://127.0.0.1/facts", "redirects from http to ftp, which is not allowed"),
        ("file:///etc/hostname", "redirects from http to file"),
        ("http://127.0.0.1:99999/", r"The port in the URL of 127\.0\.0\.1 is invalid: 99999"),
        ("http://127.0.0.1:port/", "was interrupted"),
        ("http://nowhere.invalid/", r"^Cannot connect to nowhere\.invalid"),
    ],
)
def test_redirects_that_are_not_followed(publisher: LifecycleServer, location: str, reason: str) -> None:
    before = state()
    publisher.answer = Answer(status=302, headers={"Location": location})
    with pytest.raises(SyncFailed, match=reason):
        sync.run()
    assert state() == before
    assert len(publisher.requests) <= 6


# --- Time ---


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(document(*TEN), pause=1.5), r"^127\.0\.0\.1 sent nothing for 0\.4 seconds\.$"),
        (Answer(document(*TEN), drip=0.05), r"^The download took longer than 3 seconds\.$"),
    ],
    ids=["silent", "dripping"],
)
def test_a_slow_answer_is_given_up(publisher: LifecycleServer, quick: Limits, answer: Answer, reason: str) -> None:
    before = state()
    publisher.answer = answer
    started = time.monotonic()
    with pytest.raises(SyncFailed, match=reason):
        sync.run()
    assert time.monotonic() - started < HANG
    assert state() == before


def test_redirects_do_not_add_time(publisher: LifecycleServer, quick: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "Limits", lambda: replace(quick, total=0.8, silence=5))
    publisher.answer = Answer(status=302, headers={"Location": PATH}, pause=0.2)
    with pytest.raises(SyncFailed, match="took longer than"):
        sync.run()


def test_a_connection_that_nobody_accepts(quick: Limits) -> None:
    with (
        silent_port() as port,
        pytest.raises(DownloadFailed, match=r"No connection to 127\.0\.0\.1 within 0\.3 seconds"),
    ):
        download.fetch(f"http://127.0.0.1:{port}", user_agent="test", limits=quick)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1", r"^Cannot connect to 127\.0\.0\.1: "),
        ("http://nowhere.invalid", r"^Cannot connect to nowhere\.invalid: "),
        ("http://127.0.0.1:99999", r"^The port in the URL of 127\.0\.0\.1 is invalid: 99999\.$"),
        ("http://127.0.0.1:port", "^The download could not start: "),
    ],
)
def test_a_server_that_is_not_there(url: str, reason: str) -> None:
    with pytest.raises(DownloadFailed, match=reason):
        download.fetch(url, user_agent="test")


def test_it_speaks_tls_to_servers_that_do(publisher: LifecycleServer) -> None:
    with pytest.raises(DownloadFailed, match="Cannot connect"):
        download.fetch(publisher.url.replace("http:", "https:"), user_agent="test")


def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")
    with pytest.raises(DownloadFailed, match=r"The download could not start: .*nonsense"):
        download.fetch("http://example.invalid", user_agent="test")
