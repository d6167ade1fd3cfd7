"""Plain lines, and rules of every format: encodings, limits, duplicates, invalid texts."""

import pytest

from techs.imports.manifests import MAX_BYTES, Evidence, Format, read
from techs.imports.manifests.content import MAX_LINES
from techs.imports.manifests.types import MAX_ENTRIES, MAX_SOURCE
from tests.support.manifests import entries, reading, refusal, skipped

STACK = """\
    # what we run
    Django 3.2.18

    - Node.js 20
    * Postgres
    • C# 12
    """


def test_it_works() -> None:
    manifest = reading("stack.txt", STACK)
    assert (manifest.format, manifest.evidence) == (Format.LINES, Evidence.DEFAULT)
    assert entries(manifest) == [(2, "Django 3.2.18"), (4, "Node.js 20"), (5, "Postgres"), (6, "C# 12")]
    assert not manifest.skipped


def test_pasted_text_needs_no_name() -> None:
    assert entries(reading("", STACK)) == entries(reading("stack.txt", STACK))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, end: str) -> None:
    manifest = read("", f"Zürich DB 2{end}{end}Django 3.2{end}".encode(encoding))
    assert entries(manifest) == [(1, "Zürich DB 2"), (3, "Django 3.2")]


def test_a_repeat_names_the_line_of_the_first() -> None:
    manifest = reading("", "Django 3.2\nNode.js 20\n django  3.2\n")
    assert entries(manifest) == [(1, "Django 3.2"), (2, "Node.js 20")]
    assert skipped(manifest) == [(3, "Duplicate of line 1: django 3.2.")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("x" * 201, "longer than 200 characters"),
        ("Dja\u202engo 3", "invisible"),
        ("Django\x073", "control or invisible"),
        ("---", "no letter or digit"),
    ],
)
def test_what_the_list_would_refuse_is_skipped(line: str, why: str) -> None:
    manifest = read("", f"Django 3.2\n{line}\n".encode())
    (row,) = manifest.skipped
    assert row.line == 2
    assert why in row.why
    assert row.source.isprintable()


def test_a_long_source_is_shortened() -> None:
    (row,) = read("", b"x" * 100_000).skipped
    assert len(row.source) == MAX_SOURCE
    assert row.source.endswith("…")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", None),
        (b" \n\t\n", None),
        (b"Django\nZ\xfcrich\n", 2),
        (b"\xff\xfeD", 1),
        (b"Django\n\nPK\x03\x04\x00", 3),
        (b"x\n" * (MAX_BYTES // 2) + b"x", None),
        (b"\n" * (MAX_LINES + 1) + b"x", None),
    ],
)
def test_what_is_no_text(content: bytes, line: int | None) -> None:
    error = refusal("stack.txt", content)
    assert error.line == line
    assert str(error).endswith(".")


def test_an_import_has_a_limit() -> None:
    lines = [f"tool {number}" for number in range(MAX_ENTRIES)]
    assert len(read("", "\n".join(lines).encode()).entries) == MAX_ENTRIES
    error = refusal("", "\n".join([*lines, "Django 3.2"]))
    assert error.line == MAX_ENTRIES + 1
    assert "10,000" in str(error)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("requirements-dev.txt", Format.REQUIREMENTS),
        ("requirements/base_requirements.in", Format.REQUIREMENTS),
        ("C:\\work\\CONSTRAINTS.txt", Format.REQUIREMENTS),
        ("web/Dockerfile", Format.DOCKERFILE),
        ("Dockerfile.prod", Format.DOCKERFILE),
        ("api.Dockerfile", Format.DOCKERFILE),
        ("Containerfile", Format.DOCKERFILE),
    ],
)
def test_the_name_decides_first(name: str, expected: Format) -> None:
    manifest = read(name, b"FROM python:3.11\n" if expected is Format.DOCKERFILE else b"django==3.2\n")
    assert (manifest.format, manifest.evidence) == (expected, Evidence.NAME)


PHP = "PHP 8.1.27 (cli) (built: Dec 21 2023)\nCopyright (c) The PHP Group\nZend Engine v4.1.27, Copyright (c) Zend"
SEARCH = '{\n"name": "es01",\n"cluster_name": "a",\n"version": {"number": "7.17.1", "build_flavor": "default"}\n}'
PART = "Part of the output of a command that is listed above."


@pytest.mark.parametrize("name", ["", "output.txt"])
def test_an_output_of_a_command_is_one_technology(name: str) -> None:
    manifest = reading(name, f"{PHP}\n")
    assert entries(manifest) == [(1, "PHP 8.1.27")]
    assert skipped(manifest) == [(2, PART)]
    assert (manifest.skipped[0].line, manifest.skipped[0].last_line) == (2, 3)


def test_outputs_stand_between_other_lines() -> None:
    manifest = reading("", f"Redis 6.2\n\n{PHP}\n\n$ node -v\nv16.20.2\nMySQL 5.7\n")
    assert entries(manifest) == [(1, "Redis 6.2"), (3, "PHP 8.1.27"), (7, "node v16.20.2"), (9, "MySQL 5.7")]


def test_an_output_in_json_is_read() -> None:
    assert entries(reading("", SEARCH)) == [(1, "Elasticsearch 7.17.1")]
