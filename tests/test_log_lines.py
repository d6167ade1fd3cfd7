"""Log injection: one entry is one line, and what somebody typed can neither forge one nor command a terminal."""

import subprocess
import sys

import pytest

from techlist.local.embedded import BASE_DIR
from techlist.log_format import visible

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
    """What really comes out on standard error."""
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
