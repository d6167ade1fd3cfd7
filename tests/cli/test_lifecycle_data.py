"""Where the command line gets its lifecycle data from."""

import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from techlist.cli import download_cache
from tests.support.command_line import STARTER, CommandLine, Ended
from tests.support.lifecycle_server import PATH, Answer, LifecycleServer, document, lifecycle_server, product, release

API = "/api/lifecycles/"
OLD = document(product("gadget", release("1.0", eolFrom="2020-01-01")))
NEW = document(product("gadget", release("1.0", eolFrom="2099-01-01")))


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Generator[LifecycleServer, None, None]:
    """Run a stand-in for endoflife.date and for a Techlist server."""
    with lifecycle_server() as running:
        running.answer = Answer(OLD, etag='"old"')
        monkeypatch.setenv("TECHLIST_SYNC_URL", running.url)
        yield running


def check(techlist: CommandLine, *options: str, text: str = "Gadget 1.0") -> Ended:
    return techlist("check", text, "--format", "json", *options)


def level(ended: Ended) -> str:
    assert ended.status == 0
    return ended.found[0][0]


def age(cache_home: Path, *, days: float) -> None:
    """Make all kept downloads older."""
    for path in (cache_home / "techlist").iterdir():
        os.utime(path, times=(time.time() - 86_400 * days,) * 2)


def test_a_file(techlist: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "full.json"
    path.write_bytes(OLD)
    ended = check(techlist, "--facts", str(path))
    assert (level(ended), ended.err) == ("critical", "")


def test_a_file_with_faults(techlist: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "full.json"
    path.write_bytes(document(product("gadget", release("1.0", eolFrom="2020-01-01"), release("2.0", eolFrom=3))))
    ended = check(techlist, "--facts", str(path))
    assert level(ended) == "critical"
    assert "Skipped: 1 release." in ended.err


def test_the_public_data_is_kept_for_a_day(techlist: CommandLine, publisher: LifecycleServer, cache_home: Path) -> None:
    assert [level(check(techlist)) for _ in range(3)] == ["critical"] * 3
    assert [path for path, _ in publisher.requests] == [PATH]
    age(cache_home, days=0.9)
    check(techlist)
    assert len(publisher.requests) == 1
    age(cache_home, days=1.1)
    check(techlist)
    check(techlist)
    assert [headers.get("If-None-Match") for _, headers in publisher.requests] == [None, '"old"']


def test_new_public_data_is_used(techlist: CommandLine, publisher: LifecycleServer, cache_home: Path) -> None:
    check(techlist)
    publisher.answer = Answer(NEW, etag='"new"')
    age(cache_home, days=2)
    assert level(check(techlist)) == "low"
    assert level(check(techlist, "--offline")) == "low"


@pytest.mark.parametrize("trouble", [Answer(status=503), Answer(b"<html>"), Answer(b"{}"), Answer(OLD, cut=10)])
def test_old_public_data_is_better_than_none(
    techlist: CommandLine, publisher: LifecycleServer, cache_home: Path, trouble: Answer
) -> None:
    check(techlist)
    publisher.answer = trouble
    age(cache_home, days=3)
    ended = check(techlist)
    assert level(ended) == "critical"
    assert "techlist: warning: " in ended.err
    assert "Using the lifecycle data downloaded on 20" in ended.err


@pytest.mark.parametrize("trouble", [Answer(status=503), Answer(b"<html>"), Answer(b"{}")])
def test_the_starter_table_is_the_last_resort(
    techlist: CommandLine, publisher: LifecycleServer, trouble: Answer
) -> None:
    publisher.answer = trouble
    ended = check(techlist, text="Django 3.2")
    assert level(ended) == "critical"
    assert "Using the starter table" in ended.err
    publisher.answer = Answer(OLD)
    assert level(check(techlist)) == "critical", "unusable data was kept"


@pytest.mark.parametrize("is_downloaded", [True, False])
def test_offline(techlist: CommandLine, publisher: LifecycleServer, cache_home: Path, is_downloaded: bool) -> None:  # noqa: FBT001
    if is_downloaded:
        check(techlist)
        age(cache_home, days=400)
    publisher.requests.clear()
    ended = check(techlist, "--offline", text="Django 3.2")
    assert publisher.requests == []
    assert (level(ended), "starter table" in ended.err) == (("unknown", False) if is_downloaded else ("critical", True))


def test_a_server_is_asked_each_time(
    techlist: CommandLine, publisher: LifecycleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TECHLIST_TOKEN", "secret")
    assert [level(check(techlist, "--server", publisher.url)) for _ in range(2)] == ["critical"] * 2
    publisher.answer = Answer(NEW, etag='"new"')
    assert level(check(techlist, "--server", f"{publisher.url}/")) == "low"
    assert [path for path, _ in publisher.requests] == [API] * 3
    assert [headers.get("If-None-Match") for _, headers in publisher.requests] == [None, '"old"', '"old"']
    assert {headers.get("Authorization") for _, headers in publisher.requests} == {"Token secret"}


def test_the_environment_names_the_server(
    techlist: CommandLine, publisher: LifecycleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TECHLIST_SERVER", publisher.url)
    check(techlist)
    assert [path for path, _ in publisher.requests] == [API]


def test_a_server_that_is_away(techlist: CommandLine, publisher: LifecycleServer) -> None:
    check(techlist, "--server", publisher.url)
    publisher.answer = Answer(status=503)
    ended = check(techlist, "--server", publisher.url)
    assert level(ended) == "critical"
    assert "warning: " in ended.err


@pytest.mark.parametrize("options", [[], ["--offline"]])
def test_a_server_that_was_never_there_is_a_mistake(
    techlist: CommandLine, publisher: LifecycleServer, options: list[str]
) -> None:
    publisher.answer = Answer(status=401)
    ended = check(techlist, "--server", publisher.url, *options)
    assert (ended.status, ended.out) == (2, "")
    assert publisher.url in ended.err


def test_a_token_does_not_follow_to_another_host(
    techlist: CommandLine, publisher: LifecycleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TECHLIST_TOKEN", "secret")
    with lifecycle_server() as other:
        other.answer = Answer(OLD)
        publisher.answer = Answer(status=302, headers={"Location": other.url + API})
        check(techlist, "--server", publisher.url)
        assert [headers.get("Authorization") for _, headers in other.requests] == [None]


def test_a_damaged_cache_is_replaced(techlist: CommandLine, publisher: LifecycleServer, cache_home: Path) -> None:
    check(techlist)
    (path,) = (cache_home / "techlist").iterdir()
    for content in (b"", b"{}\n", b'{"etag": "x"}\n', b'{"etag": "x"}\nnonsense', b"\xff"):
        path.write_bytes(content)
        ended = check(techlist)
        assert (level(ended), ended.err) == ("critical", "")
    assert len(publisher.requests) == 6


def test_a_cache_that_cannot_be_written_is_reported(
    techlist: CommandLine, publisher: LifecycleServer, cache_home: Path
) -> None:
    (cache_home / "techlist").write_text("not a directory")
    ended = check(techlist)
    assert level(ended) == "critical"
    assert "Cannot keep the lifecycle data" in ended.err


def test_a_relative_cache_directory_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for value in ("", "cache"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert download_cache.DownloadCache.of("https://example.org").path.parent == tmp_path / "home/.cache/techlist"


def test_a_file_needs_no_network(techlist: CommandLine, publisher: LifecycleServer) -> None:
    techlist("check", "Django 3.2", *STARTER, "--server", publisher.url)
    assert publisher.requests == []
