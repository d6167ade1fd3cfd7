"""`techlist push` with a server that refuses, waits, fails or is gone."""

import os
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, write
from tests.support.pushed_repository import BACKEND, DATA, WEB, Push
from tests.support.services_api import Planned, ServicesAPI


def test_a_refused_file_does_not_stop_the_others(push: Push, api: ServicesAPI) -> None:
    api.planned = [Planned(f"{BACKEND}/", 400, {"file": ["Line 1: This is odd."]})]
    ended = push()
    assert ended.status == 2
    assert f"techlist: {BACKEND}: Line 1: This is odd." in ended.err
    assert set(api.sources()) == {WEB}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Planned("/", 401, {"detail": "No token."}), "No token. Set TECHLIST_TOKEN"),
        (Planned("/", 403, {"detail": "Not yours."}), "Not yours. Set TECHLIST_TOKEN"),
        (Planned("/", 409, {"detail": "Shop is archived."}), "Shop is archived."),
        (Planned("/", 301, None, {"Location": "https://elsewhere/"}), "redirects to https://elsewhere/"),
        (Planned("/", 200, b"<html>"), "does not answer like Techlist"),
        (Planned("/", 200, {"name": "another program"}), "does not answer like Techlist"),
    ],
)
def test_there_is_no_use_in_going_on(push: Push, api: ServicesAPI, answer: Planned, words: str) -> None:
    # The first request is for the lifecycle data.
    api.planned = [Planned("/api/lifecycles/", 200, DATA), answer]
    ended = push()
    assert (ended.status, ended.out) == (2, "")
    assert words in ended.err


def test_a_token_is_sent(push: Push, api: ServicesAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    api.token = "secret"
    assert push().status == 2
    monkeypatch.setenv("TECHLIST_TOKEN", "secret")
    assert push().status == 0


def test_a_token_may_be_in_a_file(
    push: Push, api: ServicesAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.token = "secret"
    (tmp_path / "token").write_text("secret\n")
    monkeypatch.setenv("TECHLIST_TOKEN_FILE", str(tmp_path / "token"))
    assert push().status == 0
    monkeypatch.setenv("TECHLIST_TOKEN", "secret")
    ended = push()
    assert (ended.status, "TECHLIST_TOKEN_FILE: TECHLIST_TOKEN is set, too" in ended.err) == (2, True)


@pytest.mark.parametrize("status", [429, 503])
def test_the_server_may_ask_to_wait(push: Push, api: ServicesAPI, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("techlist.cli.server.time.sleep", waits.append)
    api.planned = [Planned(f"{WEB}/", status, {"detail": "Later."}, {"Retry-After": "7"}) for _ in range(3)]
    assert push().status == 0
    assert [round(wait) for wait in waits if wait > 1] == [7, 7, 7]
    assert set(api.sources()) == {BACKEND, WEB}


def test_each_file_has_its_own_time(push: Push, api: ServicesAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("techlist.cli.server.time.monotonic", lambda: now[0])
    monkeypatch.setattr("techlist.cli.server.time.sleep", lambda wait: now.__setitem__(0, now[0] + wait))
    later = {"Retry-After": "40"}
    api.planned = [Planned(f"{name}/", 429, {"detail": "Later."}, later) for name in (BACKEND, WEB, "complete")]
    assert push().status == 0
    assert now[0] > 100


def test_a_wait_beyond_the_timeout_ends_at_once(push: Push, api: ServicesAPI) -> None:
    api.planned = [Planned(f"{WEB}/", 429, {"detail": "Later."}, {"Retry-After": "3600"})]
    ended = push()
    assert ended.status == 2
    assert "Later. Gave up after 60 seconds (--timeout)." in ended.err


def test_the_push_waits_until_the_list_is_up_to_date(push: Push, api: ServicesAPI) -> None:
    api.polls = 3
    assert push().status == 0
    assert len(api.paths("GET")) == 1 + 2 * 4


def test_a_timeout_is_a_mistake(push: Push, api: ServicesAPI) -> None:
    api.polls = 1_000_000
    ended = push("--timeout", "0.3")
    assert (ended.status, ended.out) == (2, "")
    assert "not finished" in ended.err


def test_a_lost_answer_is_asked_for_again(push: Push, api: ServicesAPI, shop: Path) -> None:
    """The server has accepted the file, so it answers that it has it already. It is still new."""
    write(shop, {BACKEND: "django==3.2\n"})
    api.planned = [Planned(f"{BACKEND}/", 0, is_cut=True)]
    ended = push("--fail-on-new", "critical")
    assert ended.status == 1
    assert "critical  added   Django 3.2" in ended.out


def test_a_server_that_is_not_there(techlist: CommandLine, shop: Path, api: ServicesAPI, push: Push) -> None:
    push()
    ended = techlist("push", "--service", "shop", "--server", "http://127.0.0.1:9")
    assert (ended.status, ended.out) == (2, "")
    assert "Cannot" in ended.err


def test_failed_lines_are_reported(push: Push, api: ServicesAPI) -> None:
    original = {"line": 1, "text": "Django 5.2", "error": "Something is wrong."}
    api.planned = [
        Planned("/api/uploads/1/", 200, {"id": 1, "state": "failed", "errors": [original]}),
        Planned("/api/uploads/2/", 200, {"id": 2, "state": "failed", "errors": []}),
    ]
    ended = push()
    assert ended.status == 2
    assert f"{BACKEND}, line 1: Something is wrong. Django 5.2" in ended.err
    assert f"{WEB}: The server could not process this file." in ended.err


def test_an_error_of_the_server_is_reported(push: Push, api: ServicesAPI) -> None:
    api.planned = [Planned("/api/uploads/1/", 500, {"detail": "Something went wrong."})]
    ended = push()
    assert ended.status == 2
    assert f"{BACKEND}: Something went wrong." in ended.err
    assert "Node.js 24" in ended.out, "the other file is done"


def test_an_unreadable_directory_is_not_gone(push: Push, api: ServicesAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    push()
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if Path(path).name == "web":  # root may read everything
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("os.scandir", refusing)
    ended = push()
    assert ended.status == 2
    assert "web: Cannot read this directory" in ended.err
    assert set(api.sources()) == {BACKEND, WEB}
