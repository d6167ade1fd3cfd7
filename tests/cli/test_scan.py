"""`techlist scan`: the order of the result, its places, and the exit status."""

import json
from pathlib import Path

import pytest

from techlist.cli import program
from tests.support.command_line import STARTER, CommandLine, write

FILES = {
    "requirements.txt": "django==3.2.18\nrequests==2.31\n",
    "web/package.json": '{"engines": {"node": "24"},\n "dependencies": {"left-pad": "1.3.0"}}',
    "web/Dockerfile": "FROM python:3.9\n",
    "notes.txt": "PHP 5\n",
}
BROKEN = {"package.json": '{"engines": '}
UNREADABLE_LINE = {"requirements.txt": "django==5.2.17\nredis=5\n"}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, which is the current directory."""
    monkeypatch.chdir(write(tmp_path, FILES))
    return tmp_path


def places(techlist: CommandLine, *arguments: str, stdin: bytes = b"") -> list[tuple[str, str, int]]:
    ended = techlist("scan", *arguments, *STARTER, "--format", "json", stdin=stdin)
    assert (ended.status, ended.err) == (0, "")
    return [(row["text"], row["file"], row["line"]) for row in ended.json["data"] if row["kind"] == "tracked"]


def test_worst_first(shop: Path, techlist: CommandLine) -> None:
    assert places(techlist) == [
        ("Django 3.2.18", "requirements.txt", 1),
        ("Python 3.9", "web/Dockerfile", 1),
        ("Node.js 24", "web/package.json", 1),
    ]


@pytest.mark.parametrize("argument", [".", "./", "{shop}"])
def test_names_do_not_depend_on_the_place_of_the_repository(shop: Path, techlist: CommandLine, argument: str) -> None:
    assert places(techlist, argument.format(shop=shop))[0][1] == "requirements.txt"


def test_names_begin_with_a_relative_path(shop: Path, techlist: CommandLine) -> None:
    names = {name for _, name, _ in places(techlist, "./web", "requirements.txt")}
    assert names == {"requirements.txt", "web/Dockerfile", "web/package.json"}


def test_arguments_may_overlap(shop: Path, techlist: CommandLine) -> None:
    assert places(techlist, ".", "web", "web/Dockerfile") == places(techlist)


def test_a_file_that_a_search_leaves_out_can_be_named(shop: Path, techlist: CommandLine) -> None:
    assert places(techlist, "notes.txt") == [("PHP 5", "notes.txt", 1)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dpkg.txt", b"base-files\t13.8\nlinux-image-6.12\t6.12.1\n"),
        ("pods.json", b'{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "redis:6.2"}]}}'),
        ("", b"Django 3.2\n"),
    ],
)
def test_standard_input(techlist: CommandLine, name: str, content: bytes) -> None:
    ended = techlist("scan", "-", "--name", name, *STARTER, "--format", "json", stdin=content)
    assert ended.status == 0
    assert ended.json["count"] > 0
    assert {row["file"] for row in ended.json["data"]} == {name}


def test_a_table_groups_equal_technologies(tmp_path: Path, techlist: CommandLine) -> None:
    write(tmp_path, {f"{name}/requirements.txt": "django==3.2\n" for name in "abc"})
    lines = techlist("scan", str(tmp_path), *STARTER).out.splitlines()
    assert "a/requirements.txt:1 and 2 more" in lines[1]
    assert lines[-1] == "3 files, 1 technology: 1 critical."


def test_libraries_are_counted(shop: Path, techlist: CommandLine) -> None:
    ended = techlist("scan", *STARTER)
    assert "left-pad" not in ended.out
    assert ended.out.endswith("2 critical, 1 low. Not shown: 2 libraries without lifecycle data.\n")
    assert "left-pad" in techlist("scan", *STARTER, "--format", "json").out


def test_nothing_is_fine(tmp_path: Path, techlist: CommandLine) -> None:
    write(tmp_path, {"requirements.txt": "", "package.json": "{}"})
    ended = techlist("scan", str(tmp_path), *STARTER, "--fail-on", "low")
    assert (ended.status, ended.out, ended.err) == (0, "2 files, 0 technologies.\n", "")


@pytest.mark.parametrize(
    ("files", "options", "status"),
    [
        (FILES, [], 0),
        (FILES, ["--fail-on", "critical"], 1),
        (FILES, ["--fail-on", "low"], 1),
        ({"Dockerfile": "FROM python:3.13\n"}, ["--fail-on", "medium"], 0),
        # Libraries are unknown, and no reason to fail.
        ({"requirements.txt": "requests==2.31\n"}, ["--fail-on", "unknown"], 0),
        (BROKEN, [], 2),
        (BROKEN, ["--exclude", "package.json"], 0),
        (BROKEN | {"Dockerfile": "FROM python:3.9\n"}, ["--fail-on", "critical"], 1),
        (UNREADABLE_LINE, [], 0),
        (UNREADABLE_LINE, ["--fail-on", "critical"], 2),
        # Another file, or the pipeline, sets the variable.
        ({".gitlab-ci.yml": "job:\n  image: $CI_REGISTRY_IMAGE\n  script: make\n"}, ["--fail-on", "low"], 0),
    ],
)
def test_exit_status(
    tmp_path: Path, techlist: CommandLine, files: dict[str, str], options: list[str], status: int
) -> None:
    assert techlist("scan", str(write(tmp_path, files)), *STARTER, *options).status == status


def test_files_of_another_kind_are_not_mentioned(tmp_path: Path, techlist: CommandLine) -> None:
    write(tmp_path, {"deploy/settings.yaml": "colour: red\n", "deploy/sbom-tool.json": '{"a": 1}'})
    ended = techlist("scan", str(tmp_path), *STARTER, "--fail-on", "low")
    assert (ended.status, ended.err) == (0, "")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (BROKEN, "package.json, line 1: "),
        (UNREADABLE_LINE, "requirements.txt, line 2: "),
        (
            {".gitlab-ci.yml": "job:\n  image: $NAME\n  script: make\n"},
            ".gitlab-ci.yml, line 2: The variable NAME has no",
        ),
    ],
)
def test_what_could_not_be_read_is_reported(
    tmp_path: Path, techlist: CommandLine, files: dict[str, str], words: str
) -> None:
    ended = techlist("scan", str(write(tmp_path, files)), *STARTER)
    assert ended.err.startswith(f"techlist: {words}")
    assert "Line " not in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["scan", "/no/such/directory"],
        ["scan", "--fail-on", "urgent"],
        ["scan", "--format", "pdf"],
        ["scan", "--today", "tomorrow"],
        ["scan", "--today", "0001-01-01"],
        ["scan", "--facts", "/no/such/file"],
        ["scan", "--facts", "/dev/null"],
        ["scan", "--no-such-option"],
        ["check"],
        ["check", " "],
        ["check", "a" * 1000],
        ["check", "Django\x00 3.2"],
        ["push"],
        ["push", "--service", "shop"],
        ["push", "--service", "shop", "--server", "nowhere"],
        ["push", "--service", "shop", "--server", "http://127.0.0.1:9", "--timeout", "0"],
        ["push", "--service", "shop", "--server", "http://127.0.0.1:9", "--timeout", "nan"],
        ["push", "-", "--service", "shop", "--server", "http://127.0.0.1:9"],
        ["pull"],
        [],
    ],
)
def test_mistakes(techlist: CommandLine, arguments: list[str]) -> None:
    ended = techlist(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert "techlist" in ended.err
    assert "Traceback" not in ended.err


def test_an_error_of_ours_is_no_failure_of_the_policy(techlist: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(program, "_run", broken)
    ended = techlist("check", "Django 3.2")
    assert ended.status == 2
    assert "ZeroDivisionError" in ended.err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["scan", "--help"], ["push", "--help"], ["check", "-h"]]
)
def test_help(techlist: CommandLine, arguments: list[str]) -> None:
    ended = techlist(*arguments)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out


def test_json_has_the_day_and_the_date_of_the_data(shop: Path, techlist: CommandLine) -> None:
    document = json.loads(techlist("scan", *STARTER, "--format", "json").out)
    assert (document["assessed_on"], document["facts_as_of"]) == ("2026-11-28", "2026-08-22")
