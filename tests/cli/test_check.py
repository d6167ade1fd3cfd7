"""`techlist check`: technologies by name."""

import pytest

from tests.support.command_line import STARTER, CommandLine


def test_one(techlist: CommandLine) -> None:
    ended = techlist("check", "Django 3.2", *STARTER)
    assert (ended.status, ended.err) == (0, "")
    title, row, _, summary = ended.out.splitlines()
    assert title.split()[:2] == ["LEVEL", "TECHNOLOGY"]
    assert row.startswith("critical  Django 3.2")
    assert "WHERE" not in title
    assert summary == "1 technology: 1 critical."


def test_several_and_standard_input(techlist: CommandLine) -> None:
    stdin = "\ufeff# ours\n- Node.js 24\n\nPython 3.9\n".encode()
    ended = techlist("check", "Django 5.2", "-", *STARTER, "--format", "json", stdin=stdin)
    assert ended.found == [("critical", "Python 3.9"), ("low", "Django 5.2"), ("low", "Node.js 24")]


def test_another_day(techlist: CommandLine) -> None:
    found = [
        techlist("check", "Django 3.2", *STARTER[:2], "--today", day, "--format", "json").found[0][0]
        for day in ("2021-12-01", "2026-11-28")
    ]
    assert found == ["low", "critical"]


@pytest.mark.parametrize(
    ("text", "level", "status"),
    [
        ("Django 3.2", "critical", 1),
        ("Django 3.2", "low", 1),
        ("Node.js 24", "medium", 0),
        ("Our billing engine", "unknown", 1),
        ("Our billing engine", "medium", 0),
    ],
)
def test_policy(techlist: CommandLine, text: str, level: str, status: int) -> None:
    assert techlist("check", text, *STARTER, "--fail-on", level).status == status


def test_a_line_that_cannot_be_read(techlist: CommandLine) -> None:
    ended = techlist("check", "-", *STARTER, stdin=b"Django 3.2\nPython \xff\n")
    assert (ended.status, ended.out) == (2, "")
    assert "Line 2" in ended.err


def test_the_terminal_is_not_controlled(techlist: CommandLine) -> None:
    assert "\x1b" not in techlist("check", "Django\x1b[31m 3.2", *STARTER).err
