"""A gate reads files like an import, and never passes if lines could not be read."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from techs.lifecycles import starter
from tests.commands.test_assess import run
from tests.support.worked_examples import TODAY

COMMON = ["--facts", str(starter.STARTER), "--today", str(TODAY)]
GATE = [*COMMON, "--fail-on", "high"]
CYCLONEDX = {"bomFormat": "CycloneDX", "components": [{"name": "django", "purl": "pkg:pypi/django@3.2.1"}]}
PACKAGE = {"engines": {"node": "^16"}, "dependencies": {"left-pad": "1.3.0"}}
OLD = {
    "Dockerfile": "FROM python:3.9-slim-bookworm\nRUN true\n",
    "web.dockerfile": "FROM python:3.9\n",
    "sbom": json.dumps(CYCLONEDX),
    "bom.json": json.dumps(CYCLONEDX),
    "package.json": json.dumps(PACKAGE),
    "requirements.txt": "django==3.2\n",
    "deps.txt": "django==3.2\nredis==5.0\n",
    "pyproject.toml": '[project]\nrequires-python = ">=3.8,<3.10"\n',
    "compose.yaml": "services:\n  db:\n    image: python:3.9\n",
    ".tool-versions": "nodejs 16.1.0\n",
    "stack.csv": "owner;version;name\nWeb;3.2;Django\n",
    "stack.tsv": "name\tversion\nDjango\t3.2\n",
    "stack.txt": "Django 3.2\n",
}


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def assess(*options: str) -> tuple[str, str]:
    """Return standard output and standard error."""
    printed, reported = io.StringIO(), io.StringIO()
    call_command("assess", *options, stdout=printed, stderr=reported)
    return printed.getvalue(), reported.getvalue()


def rows(*options: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in assess(*COMMON, "--format", "jsonl", *options)[0].splitlines()]


def mistake(*options: str) -> str:
    """Return the message of an exit with status 2 and without output."""
    printed = io.StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("assess", *options, stdout=printed)
    assert (raised.value.returncode, printed.getvalue()) == (2, "")
    return str(raised.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", OLD)
def test_what_is_old_does_not_pass(tmp_path: Path, name: str, encoding: str) -> None:
    with pytest.raises(SystemExit) as end:
        assess(*GATE, write(tmp_path, name, OLD[name].encode(encoding)))
    assert end.value.code == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [("Dockerfile", "FROM python:3.13\n"), ("stack.txt", "Django 5.2\n"), ("requirements.txt", "django==5.2\n")],
)
def test_what_is_new_passes(tmp_path: Path, name: str, content: str) -> None:
    """Control."""
    assess(*GATE, write(tmp_path, name, content))


def test_a_shell_sees_it(tmp_path: Path) -> None:
    answer = run(*GATE, write(tmp_path, "Dockerfile", OLD["Dockerfile"]))
    assert answer.returncode == 1
    assert "Python 3.9" in answer.stdout
    assert answer.stderr.splitlines() == [f"{tmp_path}/Dockerfile, line 2: Not a FROM line. RUN true"]


PLAIN = "# stack\nDjango 3.2\n\n- Redis 7\nDjango 3.2\ndjango  3.2\n---\n"


@pytest.mark.parametrize("name", ["stack.txt", "stack", "-"])
def test_plain_lines_give_one_row_a_line(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PLAIN.encode())))
    found = rows(name if name == "-" else write(tmp_path, name, PLAIN))
    assert [row["text"] for row in found] == ["Django 3.2", "Redis 7", "Django 3.2", "django  3.2", "---"]
    assert name == "-" or [row["line"] for row in found] == [2, 4, 5, 6, 7]


@pytest.mark.parametrize(
    "content", [OLD["Dockerfile"], OLD["package.json"], "django==3.2\nredis==5.0\n", "name,version"]
)
def test_standard_input_is_always_plain_lines(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    assert [row["text"] for row in rows("-")] == content.splitlines()


def test_rows_say_where_they_stand(tmp_path: Path) -> None:
    package, stack = write(tmp_path, "package.json", json.dumps(PACKAGE)), write(tmp_path, "stack.txt", "\nRedis 7\n")
    found = rows(package, stack)
    assert [(row["file"], row["line"], row["text"], row["note"]) for row in found] == [
        (package, 1, "Node.js ^16", ""),
        (package, 1, "left-pad", ""),
        (stack, 2, "Redis 7", ""),
    ]
    titles, *records = csv.reader(io.StringIO(assess(*COMMON, "--format", "csv", package, stack)[0]))
    assert titles[-3:] == ["file", "line", "note"]
    assert [record[-3:] for record in records][2] == [stack, "2", ""]
    heading, *_, last = assess(*COMMON, package, stack)[0].splitlines()
    assert heading.split()[-2:] == ["WHERE", "WHY"]
    assert f"{stack}:2" in last


def test_a_row_of_a_table_wins_over_the_options(tmp_path: Path) -> None:
    stack = write(tmp_path, "a.csv", "name,impact,extended support\nDebian 12.1,critical,no\nDebian 12,,\n")
    plain = [row["priority"] for row in rows(stack)]
    covered = [row["priority"] for row in rows(stack, "--extended-support")]
    assert (plain, covered) == (["critical", "high"], ["critical", "low"])


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.txt", b"", "There is nothing to import."),
        ("blank.txt", b" \n\n", "There is nothing to import."),
        ("comments.txt", b"# Django\n", "No technologies found."),
        ("poetry.lock", b"[[package]]\n", "No technologies found."),
        ("Podfile.lock", b"PODS:\n", "This lock file is not supported."),
        ("go.mod", b"go\n", "No technologies found."),
        ("Jenkinsfile", b"pipeline {}\n", "This format is not supported."),
        ("Cargo.toml", b"[dependencies]\n", "No technologies found."),
        ("ci.yml", b"on: push\n", "This kind of YAML is not supported. Import one of these"),
        ("a.json", b"{}", "This kind of JSON is not supported."),
        ("pom.xml", b"<project/>", "No technologies found."),
        ("main.tf", b"}\n", "Line 1: This } closes nothing."),
        ("a.bin", b"\x7fELF\0\0", "Line 1: This is not a text file"),
        ("a.txt", b"Django 3.2\n\xff\n", "Line 2: The file is neither UTF-8"),
        ("a.txt", "Django 3.2\n".encode("utf-16-le"), "Line 1: This is not a text file"),
        ("large.txt", b"Django 3.2\n" * 2_000_000, "The file is larger than 20,971,520 bytes."),
        ("package.json", b'{"dependencies": {\n', "Line 2, column 1: Invalid JSON"),
        ("package.json", b'{"name": "x"}', "No technologies found."),
        ("Dockerfile", b"FROM $BASE\n", "No technologies found. Line 1: The variable BASE has no value"),
        ("Dockerfile", b"hello\n", "Line 1: HELLO is not a Dockerfile instruction"),
        ("requirements.txt", b"-r base.txt\n", "No technologies found. Line 1: Refers to another requirements file."),
        ("requirements.txt", b"django; " + b"(" * 600, "Line 1: This is nested more than 20 levels deep."),
        ("many.txt", b"".join(b"thing %d\n" % number for number in range(10_001)), "More than 10,000 technologies"),
        ("\x1b[2J.zip", b"x", "Archives are not supported."),
    ],
    ids=lambda value: repr(value[:20]),
)
@pytest.mark.parametrize("options", [COMMON, GATE])
def test_what_is_not_understood_ends_with_2(
    tmp_path: Path, options: list[str], name: str, content: bytes, why: str
) -> None:
    problem = mistake(*options, write(tmp_path, name, content))
    assert why in problem
    assert problem.isprintable()


def test_a_directory_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert mistake(*GATE, str(tmp_path)) == f"Cannot read {tmp_path}: Is a directory"
    assert mistake(*GATE, f"{tmp_path}/x") == f"Cannot read {tmp_path}/x: No such file or directory"


def test_one_file_of_several_is_not_understood(tmp_path: Path) -> None:
    good, bad = write(tmp_path, "stack.txt", "Django 3.2\n"), write(tmp_path, "yarn.lock", "x")
    assert mistake(*GATE, good, bad).startswith(f"{bad}: Line 1: This is not a yarn.lock")


@pytest.mark.parametrize(
    ("name", "content", "report"),
    [
        ("requirements.txt", "django==5.2\nnot a requirement\n", "line 2: This is not a requirement"),
        ("Dockerfile", "FROM python:3.13\nFROM ${BASE}\n", "line 2: The variable BASE has no value"),
        ("stack.csv", "name,tags\nDjango 5.2,\nDjango 3.2,C++\n", "line 3: Tags: A tag has"),
        ("stack.txt", f"Django 5.2\nDjango 3.2 {'x' * 200}\n", "line 2: This is longer than 200 characters."),
        ("stack.txt", "Django 5.2\nFlask\u202e 3\n", "line 2: This contains control or invisible characters."),
    ],
)
def test_a_line_that_could_not_be_read_does_not_pass(tmp_path: Path, name: str, content: str, report: str) -> None:
    path = write(tmp_path, name, content)
    answer = run(*GATE, path)
    assert answer.returncode == 2
    assert report in answer.stderr
    assert answer.stderr.splitlines()[-1].endswith("Found nothing urgent, but 1 line could not be read (see above).")
    assert "Django 5.2" in answer.stdout or "Python 3.13" in answer.stdout
    # Without a gate, it is only reported.
    assert report in assess(*COMMON, path)[1]


def test_what_is_urgent_wins_over_what_could_not_be_read(tmp_path: Path) -> None:
    assert run(*GATE, write(tmp_path, "requirements.txt", "django==3.2\nnot a requirement\n")).returncode == 1


@pytest.mark.parametrize("typed", [b"Django 5.2\nFl\xffask 3\n", b"Django 5.2\nFl\0ask 3\n"])
def test_standard_input_that_could_not_be_read(monkeypatch: pytest.MonkeyPatch, typed: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed)))
    with pytest.raises(CommandError) as raised:
        assess(*GATE)
    assert raised.value.returncode == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Dockerfile", "FROM python:3.13 AS x\nRUN x\nFROM x\n"),
        ("requirements.txt", "django==5.2\n-r base.txt\nDjango==5.2\n"),
        ("stack.txt", "Django 5.2\n---\n"),
        ("stack.csv", "name,seats\nDjango 5.2,3\n"),
    ],
)
def test_lines_that_are_no_technology_do_not_stop_it(tmp_path: Path, name: str, content: str) -> None:
    _, reported = assess(*GATE, write(tmp_path, name, content))
    assert bool(reported) == (name != "stack.txt")


def test_the_help_names_every_exit_status() -> None:
    answer = run("--help")
    words = "".join(answer.stdout.split())
    assert "Exitstatus:0onsuccess;1if--fail-onfoundsomething;2ifafileoroptionisinvalid" in words


def test_files_need_no_database(tmp_path: Path) -> None:
    nowhere = {"DATABASE_URL": "sqlite:////nonexistent/techlist.sqlite3"}
    answer = run(*GATE, write(tmp_path, "bom.json", OLD["bom.json"]), env=nowhere)
    assert (answer.returncode, answer.stderr) == (1, "")


def test_a_table_counts_libraries_and_other_formats_list_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "package.json", json.dumps(PACKAGE))
    call_command("assess", *COMMON, path)
    output = capsys.readouterr()
    assert ("Node.js" in output.out, "left-pad" in output.out) == (True, False)
    assert output.err == "Left out: 1 library without lifecycle data. --format jsonl or csv prints them.\n"
    call_command("assess", *COMMON, "--format", "jsonl", path)
    output = capsys.readouterr()
    assert ("left-pad" in output.out, output.err) == (True, "")
