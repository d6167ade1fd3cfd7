"""The command line gives the same answers as the server, technology by technology."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from techs.imports import reading, service
from techs.lifecycles import store
from tests.support.command_line import STARTER, CommandLine
from tests.support.examples import EXAMPLES, files
from tests.support.worked_examples import EXAMPLES as TEXTS


def assessed(*arguments: str) -> list[dict[str, Any]]:
    """Return the rows of `manage.py assess`."""
    printed = io.StringIO()
    call_command("assess", *STARTER, "--format", "jsonl", *arguments, stdout=printed, stderr=io.StringIO())
    return [json.loads(line) for line in printed.getvalue().splitlines()]


def in_order(rows: list[dict[str, Any]]) -> list[str]:
    """Return rows in an order of their own, as text, so that a difference is easy to see."""
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.parametrize("name", files())
def test_files_are_assessed_alike(name: str, techlist: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES)
    ended = techlist("scan", name, *STARTER, "--format", "json")
    assert in_order(ended.json["data"]) == in_order(assessed(name))


def test_texts_are_assessed_alike(techlist: CommandLine, tmp_path: Path) -> None:
    texts = list(dict.fromkeys(example.text for example in TEXTS))
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(texts))
    expected = [{key: row[key] for key in row.keys() - {"file", "line", "note"}} for row in assessed(str(path))]
    ended = techlist("check", *texts, *STARTER, "--format", "json")
    assert len(expected) == len(texts)
    assert in_order(ended.json["data"]) == in_order(expected)


@pytest.mark.django_db
def test_the_preview_of_an_import_shows_the_same(techlist: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the lifecycle data is in the database, and today is today."""
    store.load_starter()
    monkeypatch.chdir(EXAMPLES)
    ended = techlist("scan", ".", *STARTER[:2], "--format", "json")
    expected = []
    for name in sorted({row["file"] for row in ended.json["data"]}):
        manifest = reading.read(name, (EXAMPLES / name).read_bytes())
        expected += [
            (name, line.entry.line, line.entry.text, line.tech.level, line.tech.score, line.tech.reasons)
            for line in service.preview(manifest)
        ]
    keys = ("file", "line", "text", "priority", "score", "reasons")
    assert sorted(expected) == sorted(tuple(row[key] for key in keys) for row in ended.json["data"])


def test_a_search_finds_the_examples(techlist: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but those whose names nobody could tell from other files."""
    monkeypatch.chdir(EXAMPLES)
    found = {row["file"] for row in techlist("scan", ".", *STARTER, "--format", "json").json["data"]}
    missing = {"hosts/pip-freeze.txt", "lists/inventar.csv", "lists/stack.txt", "lists/tools.tsv"}
    assert set(files()) - found == missing
