"""The dry run prints assessments and stores nothing."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, execute_from_command_line

from techs.assessment.assessor import Assessor
from techs.imports import reading, service
from techs.lifecycles import starter, store
from techs.models import Submission, Tech
from techs.submissions.batches import process_batch
from tests.support.factories import add
from tests.support.lifecycle_server import document, product, release
from tests.support.worked_examples import EXAMPLES, TODAY

ROOT = Path(__file__).resolve().parent.parent.parent
KEYS = [
    *["text", "product", "release", "priority", "score", "action", "reasons", "end_of_life", "days_left"],
    *["upgrade_to", "kind"],
]
VERSIONS = ["rule_version", "facts_version"]


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """A small document of endoflife.date."""
    path = tmp_path / "facts.json"
    lines = [release("5.2", eolFrom="2028-04-30"), release("3.2", releaseDate="2021-04-06", eolFrom="2024-04-01")]
    path.write_bytes(document(product("django", *lines), product("thing", release(eolFrom=None))))
    return path


def assess(monkeypatch: pytest.MonkeyPatch, typed: str | bytes, *options: object) -> str:
    """Return the output for this standard input."""
    raw = typed.encode() if isinstance(typed, str) else typed
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    output = io.StringIO()
    call_command("assess", *map(str, options), stdout=output)
    return output.getvalue()


def rows(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def run(*options: object, typed: str = "", env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command like a shell."""
    command = [sys.executable, "manage.py", "assess", *map(str, options)]
    return subprocess.run(
        command, input=typed, env=os.environ | (env or {}), cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_one_json_object_a_line(monkeypatch: pytest.MonkeyPatch, facts: Path) -> None:
    typed = "Django 3.2.1\n\n  # not this\nFlask\r\n  Thing  \n"
    django, flask, thing = rows(
        assess(monkeypatch, typed, "--format", "jsonl", "--facts", facts, "--today", "2026-11-22")
    )

    assert list(django) == [*KEYS, *VERSIONS]
    assert (django["text"], django["product"], django["release"]) == ("Django 3.2.1", "django", "3.2")
    assert (django["priority"], django["score"], django["action"]) == ("critical", 95, "act now")
    assert (django["end_of_life"], django["days_left"]) == ("2024-04-01", -965)
    assert django["reasons"][0] == {
        "code": "EOL_PAST",
        "text": "Django 3.2: support ended on 2024-04-01.",
        "source": "https://endoflife.date/django",
        "facts_as_of": "2026-11-20",
    }
    assert (django["rule_version"], len(django["facts_version"])) == ("priority v2", 12)
    assert [flask[key] for key in ("text", "product", "release", "end_of_life", "days_left")] == ["Flask", *[None] * 4]
    assert (flask["priority"], flask["score"], flask["reasons"][0]["code"]) == ("unknown", 38, "NO_MATCH")
    assert (thing["text"], thing["product"], thing["days_left"]) == ("Thing", "thing", None)


def test_options_of_the_team(monkeypatch: pytest.MonkeyPatch, facts: Path) -> None:
    common = ["--format", "jsonl", "--facts", starter.STARTER, "--today", TODAY]
    (plain,) = rows(assess(monkeypatch, "debian 12", *common))
    (covered,) = rows(assess(monkeypatch, "debian 12", *common, "--extended-support"))
    (important,) = rows(assess(monkeypatch, "debian 12", *common, "--impact", "critical"))
    assert [row["priority"] for row in (plain, covered, important)] == ["high", "low", "critical"]


@pytest.mark.django_db(transaction=True)
def test_it_says_what_the_worker_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Assessor, "current", lambda: Assessor(catalogue=store.current(), today=TODAY))
    texts = [example.text for example in EXAMPLES if example.today == TODAY]
    stored = {text: add(text) for text in texts}
    before = Submission.objects.count(), Tech.objects.count()

    for row in rows(assess(monkeypatch, "\n".join(texts), "--format", "jsonl", "--today", TODAY)):
        tech = stored[row["text"]]
        tech.refresh_from_db()
        assert (row["priority"], row["score"], row["reasons"]) == (tech.level, tech.score, tech.reasons)
        assert (row["product"] or "", row["release"] or "") == (tech.product, tech.release)
        assert row["end_of_life"] == (tech.end_of_life.isoformat() if tech.end_of_life else None)
    assert (Submission.objects.count(), Tech.objects.count()) == before


@pytest.mark.django_db(transaction=True)
def test_a_line_with_several_technologies_is_one_row_as_in_an_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages of the technology offer to add them one by one."""
    texts = ["Django 3.2, Redis 6", "tomcat:9.0-jdk11", "maven:3.8-eclipse-temurin-17", "PHP 7.4 Laravel 8"]
    typed = "\n".join(texts)
    shown = rows(assess(monkeypatch, typed, "--format", "jsonl", "--today", TODAY))
    batch = service.accept(reading.read("", typed.encode()))
    assert process_batch(list(batch.submissions.values_list("pk", flat=True)), seconds=60) == []
    stored = [Tech.objects.get(name=text) for text in texts]
    assert [(row["text"], row["priority"], row["product"] or "", row["release"] or "") for row in shown] == [
        (tech.name, tech.level, tech.product, tech.release) for tech in stored
    ]
    assert Assessor.current().several_in(stored[0]) == ("Django 3.2", "Redis 6")


def test_facts_of_a_file_need_no_database(facts: Path) -> None:
    nowhere = {"DATABASE_URL": "sqlite:////nonexistent/techlist.sqlite3"}
    answer = run("--facts", facts, "--format", "jsonl", typed="Django 3.2", env=nowhere)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert json.loads(answer.stdout)["product"] == "django"

    answer = run("--format", "jsonl", typed="Django 3.2", env=nowhere)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("CommandError: Cannot read lifecycle data from the database: ")


def test_what_a_file_has_that_cannot_be_used_goes_to_the_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    odd = [release("5.2", latest={"name": ""}), release("5.1", eolFrom="soon")]
    path.write_bytes(document(product("django", *odd), product("broken", releases=None)))
    answer = run("--facts", path, "--format", "jsonl", typed="Django 5.2")
    assert (answer.returncode, json.loads(answer.stdout)["release"]) == (0, "5.2")
    assert answer.stderr.splitlines() == [
        "Skipped: 1 product, 1 release.",
        "  product broken: releases must be a list",
        "  product django, release 5.1: eolFrom must be a date such as 2026-11-22, not 'soon'",
    ]


def test_today_is_today(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(document(product("thing", release(eolFrom="2000-01-01"))))
    (row,) = rows(assess(monkeypatch, "Thing 1.0", "--format", "jsonl", "--facts", path))
    assert row["priority"] == "critical"
    assert row["days_left"] < -(date(2026, 1, 1) - date(2000, 1, 1)).days


def test_a_file_of_texts(monkeypatch: pytest.MonkeyPatch, facts: Path, tmp_path: Path) -> None:
    path = tmp_path / "stack.txt"
    path.write_bytes(b"\xef\xbb\xbf# our stack\nDjango 5.2\n")
    output = assess(monkeypatch, "not read", "--facts", facts, "--format", "jsonl", path)
    assert [row["text"] for row in rows(output)] == ["Django 5.2"]


def test_a_table_is_aligned_and_safe_to_look_at(monkeypatch: pytest.MonkeyPatch, facts: Path) -> None:
    typed = "Django 3.2\n\x1b[31mred\u202e\n" + "x" * 300
    output = assess(monkeypatch, typed, "--facts", facts, "--today", "2026-11-22")

    heading, django, red, long = output.splitlines()
    assert heading.split() == ["PRIORITY", "SCORE", "TECHNOLOGY", "MEANS", "END", "OF", "LIFE", "DAYS", "WHY"]
    assert django.split()[:4] == ["critical", "95", "Django", "3.2"]
    why = "Django 3.2: support ended on 2024-04-01. Upgrade to Django 5.2, supported until 2028-04-30."
    assert django.endswith(f"2024-04-01   -965  {why}")
    assert len({line.index(word) for line, word in [(heading, "WHY"), (django, "Django 3.2: "), (red, "We don")]}) == 1
    assert "\ufffd[31mred\ufffd" in red
    assert "x" * 37 + "..." in long


def test_nothing_to_assess(monkeypatch: pytest.MonkeyPatch, facts: Path) -> None:
    assert assess(monkeypatch, "", "--facts", facts, "--format", "jsonl") == ""
    assert len(assess(monkeypatch, "", "--facts", facts, "--format", "csv").splitlines()) == 1
    assert len(assess(monkeypatch, "\n# \n", "--facts", facts).splitlines()) == 1


def test_csv_holds_the_first_reason(monkeypatch: pytest.MonkeyPatch, facts: Path) -> None:
    output = assess(monkeypatch, "Django 3.2\nFlask, old", "--facts", facts, "--today", TODAY, "--format", "csv")
    heading, django, flask = csv.reader(io.StringIO(output))

    assert heading[:4] == ["text", "product", "release", "priority"]
    assert heading[-5:] == ["source", "facts_as_of", "upgrade_to", *VERSIONS]
    assert django[:10] == ["Django 3.2", "django", "3.2", "critical", "95", "act now", "2024-04-01", "-965"] + [
        "EOL_PAST",
        "Django 3.2: support ended on 2024-04-01.",
    ]
    assert flask[:5] == ["Flask, old", "", "", "unknown", "38"]


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1"])
def test_csv_runs_no_formula(monkeypatch: pytest.MonkeyPatch, facts: Path, formula: str) -> None:
    output = assess(monkeypatch, formula, "--facts", facts, "--format", "csv")
    assert list(csv.reader(io.StringIO(output)))[1][0] == f"'{formula}"


@pytest.mark.parametrize(
    ("typed", "level", "status"),
    [
        ("Django 3.2", "critical", 1),
        ("Django 3.2", "high", 1),
        ("Django 3.2", "low", 1),
        ("Flask", "critical", 0),
        ("Flask", "medium", 0),
        ("Flask", "unknown", 1),
        ("Flask", "low", 1),
        ("Thing 1.0", "unknown", 0),
        ("Thing 1.0\nFlask\nDjango 3.2", "critical", 1),
        ("", "low", 0),
    ],
)
def test_fail_on(monkeypatch: pytest.MonkeyPatch, facts: Path, typed: str, level: str, status: int) -> None:
    options = ["--facts", facts, "--today", "2026-11-22", "--fail-on", level]
    if not status:
        assess(monkeypatch, typed, *options)
        return
    with pytest.raises(SystemExit) as end:
        assess(monkeypatch, typed, *options)
    assert end.value.code == status


def test_a_pipeline_sees_the_table_and_the_status(facts: Path) -> None:
    answer = run("--facts", facts, "--fail-on", "high", typed="Django 3.2")
    assert (answer.returncode, answer.stderr) == (1, "")
    assert "Django 3.2" in answer.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--today", "tomorrow"], "argument --today: 'tomorrow' is not a date such as 2026-11-22"),
        (["--today", "0001-01-01"], "argument --today: '0001-01-01' is before 1970"),
        (["--format", "xml"], "argument --format: invalid choice: 'xml'"),
        (["--impact", "huge"], "argument --impact: invalid choice: 'huge'"),
        (["--fail-on", "often"], "argument --fail-on: invalid choice: 'often'"),
        (["--facts", "/nonexistent"], "--facts: [Errno 2] No such file or directory: '/nonexistent'"),
        (["--facts", "pyproject.toml"], "--facts: pyproject.toml: top level: missing facts_as_of"),
        (["--facts", "Makefile"], "--facts: not JSON: "),
        (["--facts", "techs/data/starter.toml", "/nonexistent"], "Cannot read /nonexistent: No such file"),
    ],
)
def test_a_mistake_is_named_and_ends_with_2(capsys: pytest.CaptureFixture[str], options: list[str], words: str) -> None:
    with pytest.raises(SystemExit) as end:
        execute_from_command_line(["manage.py", "assess", *options])
    printed = capsys.readouterr()
    assert (end.value.code, printed.out) == (2, "")
    assert words in printed.err.splitlines()[-1]


def test_a_shell_sees_the_mistake() -> None:
    answer = run("--today", "tomorrow")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "'tomorrow' is not a date such as 2026-11-22" in answer.stderr.splitlines()[-1]


def test_a_reader_who_has_seen_enough(facts: Path) -> None:
    command = f"yes 'Django 3.2' | {sys.executable} manage.py assess --format jsonl --facts {facts} | head -1"
    answer = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (len(answer.stdout.splitlines()), answer.stderr) == (1, "")


@pytest.mark.parametrize("kind", ["jsonl", "csv", "table"])
def test_hostile_lines(monkeypatch: pytest.MonkeyPatch, facts: Path, kind: str) -> None:
    lines = [
        b"\xff\xfe\x00",
        b"Django \xf0\x9f\x9a\x80",
        b"\0" * 50,
        b"a" * 1_000_000,
        b"\xed\xa0\x80",
        "a\u2028b\u0085c".encode(),
        b"x\ry",
        b'"quoted", {json}',
        b"<script>",
    ]
    output = assess(monkeypatch, b"\n".join(lines), "--facts", facts, "--format", kind)
    if kind == "jsonl":
        assert len(output.splitlines()) == len(lines)
        assert {row["product"] for row in rows(output)} == {None}


def test_a_terminal_that_knows_only_ascii(facts: Path) -> None:
    for kind in ("jsonl", "csv", "table"):
        answer = run("--facts", facts, "--format", kind, typed="Zoë 🚀", env={"PYTHONIOENCODING": "ascii"})
        assert (answer.returncode, answer.stderr) == (0, "")
