"""Log injection: one entry is one line, and no input can forge a line or send commands to a terminal."""

import logging
import subprocess
import sys
from typing import Any

import httpx
import pytest

from techlist.local.embedded import BASE_DIR
from techlist.log_format import (
    FIRST_CALLS,
    LAST_CALLS,
    MAX_MESSAGE,
    MAX_TRACEBACK,
    LineFormatter,
    OneTraceback,
    visible,
)
from tests.support.servers import Servers
from tests.support.services import Web, environment_for_processes, place, running

FORGED = "2026-11-24 11:00:00,000 INFO techs: All is well."
HOSTILE = f"x\n{FORGED}\r\x1b[2J\x1b]0;title\x07\x9b31m\u2028\u202e\x00\x85é"

PROGRAM = f"""
import django, logging
django.setup()
logger = logging.getLogger("techs.test")
logger.warning("Typed: %s", {HOSTILE!r})
try:
    raise ValueError({HOSTILE!r})
except ValueError:
    logger.exception("Failed: %s", {HOSTILE!r})
logger.error("Half: %s", chr(0xd800), stack_info=True)
"""


def logged() -> str:
    """Return the output on standard error."""
    run = subprocess.run([sys.executable, "-c", PROGRAM], cwd=BASE_DIR, capture_output=True, check=True)
    return run.stderr.decode()


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "techlist.settings")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")


def test_one_entry_is_one_line() -> None:
    lines = logged().split("\n")
    entries = [line for line in lines if line and not line.startswith("    ")]
    assert [entry.split(" ")[2] for entry in entries] == ["WARNING", "ERROR", "ERROR"]
    assert entries[0].endswith(
        f"techs.test: Typed: x\\n{FORGED}\\r\\x1b[2J\\x1b]0;title\\x07\\x9b31m\\u2028\\u202e\\x00\\x85é"
    )


def test_nothing_commands_a_terminal() -> None:
    assert all(line.isprintable() for line in logged().split("\n"))


def test_a_traceback_is_kept_and_cannot_forge_an_entry() -> None:
    text = logged()
    assert "    Traceback (most recent call last):" in text
    assert "    ValueError: x" in text
    assert f"\n    {FORGED}" in text
    assert f"\n{FORGED}" not in text


def test_plain_text_stays_as_it_is() -> None:
    assert visible("Django 3.2 \\n é 🦄") == "Django 3.2 \\n é 🦄"


def record(*, error: Exception | None = None, **extra: object) -> logging.LogRecord:
    """Return a log record as handlers receive it."""
    info = (type(error), error, None) if error else None
    made = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Answered.", (), info)
    made.__dict__.update(extra)
    assert OneTraceback().filter(made)
    return made


def test_an_exception_brings_its_traceback_once() -> None:
    error = ValueError("x")
    assert record(error=error).exc_info
    assert not record(error=error, status_code=500).exc_info
    assert record(error=ValueError("x"), status_code=503).exc_info


def test_an_error_of_the_client_brings_none() -> None:
    assert not record(error=ValueError("x"), status_code=413).exc_info
    assert not record().exc_info


def test_a_long_text_is_shortened() -> None:
    made = record(error=ValueError("x" * 500_000))
    made.msg = "y" * 500_000
    line, *block = LineFormatter("%(levelname)s %(message)s").format(made).split("\n")
    assert len(line) < MAX_MESSAGE + 100
    assert "characters left out" in line
    assert len(block) == 1
    assert block[0].startswith("    ValueError: xxx")
    assert len(block[0]) < MAX_MESSAGE + 100


def test_calls_in_the_middle_are_left_out() -> None:
    def fall(depth: int) -> None:
        climb(depth - 1) if depth else climb(-1)

    def climb(depth: int) -> None:
        if depth < 0:
            raise ValueError("x")
        fall(depth)

    try:
        try:
            fall(40)
        except ValueError as error:
            raise KeyError("y") from error
    except KeyError as error:
        text = LineFormatter().formatException((KeyError, error, error.__traceback__))
    calls = text.count('  File "')
    assert calls == FIRST_CALLS + LAST_CALLS + 1
    assert "  ... 68 calls left out ...\n" in text
    assert text.endswith("KeyError: 'y'")
    assert "ValueError: x\n" in text


def test_a_long_traceback_keeps_its_beginning_and_its_end() -> None:
    def fail(times: int) -> None:
        try:
            if times:
                fail(times - 1)
        finally:
            raise ValueError("x" * 500_000)

    with pytest.raises(ValueError, match="x") as raised:
        fail(30)
    block = LineFormatter().formatException(raised._excinfo)
    assert len(block) > MAX_TRACEBACK
    made = record(error=raised.value)
    made.exc_info = raised._excinfo
    _, first, *_, last = LineFormatter().format(made).split("\n")
    assert first == "    Traceback (most recent call last):"
    assert last.startswith("    ValueError: xxx")
    assert len(LineFormatter().format(made)) < 2 * MAX_TRACEBACK


CLIENT_ERRORS: list[tuple[str, dict[str, Any]]] = [
    ("GET", {"headers": {"Host": "(("}}),
    ("GET", {"headers": {"Host": "no such host"}}),
    ("POST", {"content": b"x" * 200_000, "headers": {"Content-Type": "application/json"}}),
    ("POST", {"content": b"[" * 50_000, "headers": {"Content-Type": "application/json"}}),
    ("POST", {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}),
    ("POST", {"data": {f"f{number}": "x" for number in range(1_500)}}),
]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_web_server_logs_a_bug_once_and_short(servers: Servers) -> None:
    web = Web(
        application="tests.support.failing:application",
        env=environment_for_processes(servers) | {"PYTHONIOENCODING": "utf-8"},
        **place(servers),
    )
    with running(web), httpx.Client(base_url=web.url) as client:
        for method, request in CLIENT_ERRORS:
            for path in ("/add/", "/create", "/api/imports/", "/import/"):
                assert 400 <= client.request(method, path, **request).status_code < 500
        assert "Traceback" not in web.log.read_text()

        for path in ("/", "/api/techs/"):
            assert client.get(path).status_code == 500
        log = web.log.read_text()
    assert log.count("Traceback (most recent call last)") == 2
    assert len(log) < 60_000
