"""Which files of a directory are manifests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from techlist.cli.discovery import find, prefix_of
from techlist.cli.report import Problem
from tests.support.command_line import STARTER, CommandLine, write

PIN = "django==3.2\n"


def found(directory: Path, *exclude: str) -> list[str]:
    problems: list[Problem] = []
    names = [file.name for file in find(directory, exclude=exclude, problems=problems)]
    assert problems == []
    return names


@pytest.mark.parametrize(
    ("name", "is_manifest"),
    [
        ("requirements.txt", True),
        ("backend/requirements-dev.txt", True),
        ("requirements/base.txt", True),
        ("Dockerfile", True),
        ("docker/Dockerfile.web", True),
        (".github/workflows/ci.yml", True),
        ("deploy/deployment.yaml", True),
        ("k8s/apps/web.yaml", True),
        ("web-deployment.yml", True),
        ("build/sbom.json", True),
        ("package.json", True),
        ("Caddy/compose.prod.yaml", True),
        ("dockerfile.py", False),
        ("Dockerfile.j2", False),
        ("docker/Dockerfile.dockerignore", False),
        ("data.csv", False),
        ("techlist.json", False),
        ("notes.txt", False),
        ("README.md", False),
        ("settings.yaml", False),
        ("node_modules/left-pad/package.json", False),
        ("web/node_modules/left-pad/package.json", False),
        ("vendor/github.com/x/go.mod", False),
        (".venv/lib/requirements.txt", False),
        (".git/package.json", False),
        ("dist/package.json", False),
    ],
)
def test_names(tmp_path: Path, name: str, is_manifest: bool) -> None:  # noqa: FBT001
    write(tmp_path, {name: PIN})
    assert found(tmp_path) == ([name] if is_manifest else [])


def test_an_environment_of_another_name_is_vendored(tmp_path: Path) -> None:
    write(tmp_path, {"env3/pyvenv.cfg": "", "env3/requirements.txt": PIN, "requirements.txt": PIN})
    assert found(tmp_path) == ["requirements.txt"]


def test_a_vendored_directory_that_was_asked_for_is_searched(tmp_path: Path) -> None:
    write(tmp_path, {"vendor/package.json": "{}"})
    assert found(tmp_path / "vendor") == ["package.json"]


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ({".gitignore": "old/\n"}, ["new/requirements.txt", "requirements.txt"]),
        ({".gitignore": "/requirements.txt\n"}, ["new/requirements.txt", "old/requirements.txt"]),
        ({".gitignore": "requirements.txt\n!/requirements.txt\n"}, ["requirements.txt"]),
        (
            {".gitignore": "requirements.txt\n", "old/.gitignore": "!requirements.txt\n"},
            ["old/requirements.txt"],
        ),
        ({"old/.gitignore": "*\n"}, ["new/requirements.txt", "requirements.txt"]),
        ({".git/info/exclude": "new\n"}, ["old/requirements.txt", "requirements.txt"]),
        ({".gitignore": "!\n# old/\n\n\\\nnew/\n"}, ["old/requirements.txt", "requirements.txt"]),
        ({}, ["new/requirements.txt", "old/requirements.txt", "requirements.txt"]),
    ],
)
def test_ignored_files(tmp_path: Path, rules: dict[str, str], kept: list[str]) -> None:
    names = ("requirements.txt", "old/requirements.txt", "new/requirements.txt")
    write(tmp_path, rules | dict.fromkeys(names, PIN))
    assert found(tmp_path) == kept


@pytest.mark.parametrize(
    "rules",
    [
        {".gitignore": "a/*\n!a/b\n**/c/\n/d\n*.dockerfile\n", "a/b/.gitignore": "e/\n!/c/\n"},
        {".gitignore": "*\n!*/\n!requirements.txt\n", "x/.gitignore": "*\n"},
        {".gitignore": "**/b/**\n!**/b/c/\n!a/b/c/**\n", "a/.gitignore": "!*.txt\n", "d/.gitignore": "/**\n!/*.txt\n"},
        {".gitignore": "*/c\nx/**/*.txt\n", "x/d/.gitignore": "!**\n", "c/.gitignore": "**/\n"},
        {".gitignore": "[ab]/\n!a\\\n?.txt\nw*b.dockerfile \n", "a/.gitignore": "\\!x\n"},
    ],
)
def test_git_agrees(tmp_path: Path, rules: dict[str, str]) -> None:
    """`git ls-files` lists the same files."""
    places = ("", "a/", "a/b/", "a/b/c/", "a/b/e/", "c/", "x/c/", "d/", "x/d/")
    files = [place + name for place in places for name in ("requirements.txt", "web.dockerfile")]
    write(tmp_path, rules | dict.fromkeys(files, PIN))
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    listed = ["git", "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard"]
    done = subprocess.run(listed, capture_output=True, text=True, check=True)
    assert found(tmp_path) == sorted(set(done.stdout.split()) & set(files))


def test_rules_around_the_directory_apply_within_a_repository(tmp_path: Path) -> None:
    write(
        tmp_path, {".gitignore": "old/\n/a/b/new/\n", "a/b/old/requirements.txt": PIN, "a/b/new/requirements.txt": PIN}
    )
    assert len(found(tmp_path / "a" / "b")) == 2
    write(tmp_path, {".git/HEAD": ""})
    assert found(tmp_path / "a" / "b") == []
    # Somebody asked for it.
    assert found(tmp_path / "a" / "b" / "old") == ["requirements.txt"]


def test_excluded_patterns(tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(("requirements.txt", "tests/requirements.txt", "a/tests/requirements.txt"), PIN))
    assert found(tmp_path, "tests/") == ["requirements.txt"]
    assert found(tmp_path, "/tests", "*.in") == ["a/tests/requirements.txt", "requirements.txt"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"requirements.txt": PIN})
    inside = write(tmp_path / "inside", {"package.json": "{}"})
    (inside / "requirements.txt").symlink_to(outside / "requirements.txt")
    (inside / "more").symlink_to(outside)
    (inside / "again").symlink_to(inside)
    assert found(inside) == ["package.json"]


@pytest.mark.parametrize(
    ("argument", "prefix"),
    [
        (".", ""),
        ("./", ""),
        ("services/a/", "services/a/"),
        ("./services/../b", "b/"),
        ("/builds/1/shop", ""),
        ("../other", ""),
    ],
)
def test_prefixes(argument: str, prefix: str) -> None:
    assert prefix_of(argument) == prefix


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9")).mkdir()
    (tmp_path / os.fsdecode(b"caf\xe9/requirements.txt")).write_text(PIN)
    assert found(tmp_path) == ["caf\N{REPLACEMENT CHARACTER}/requirements.txt"]


def test_no_other_file_is_opened(tmp_path: Path) -> None:
    others = ("main.py", "data.json", "notes.txt", "settings.yaml", "data.csv", "node_modules/a/package.json")
    write(tmp_path, dict.fromkeys(others, "x") | {"requirements.txt": PIN, ".gitignore": "old\n"})
    program = (
        "import sys, json\n"
        "opened = set()\n"
        "sys.addaudithook(lambda event, args: event == 'open' and opened.add(str(args[0])))\n"
        "from techlist.cli import main\n"
        "main(sys.argv[1:])\n"
        "sys.stderr.write(json.dumps(sorted(opened)))\n"
    )
    command = [sys.executable, "-c", program, "scan", str(tmp_path), *STARTER]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    opened = {Path(path).name for path in json.loads(done.stderr) if path.startswith(str(tmp_path))}
    # .git/info/exclude is looked for, and missing.
    assert opened == {"requirements.txt", ".gitignore", "exclude"}


def test_a_directory_that_cannot_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"locked/requirements.txt": PIN, "requirements.txt": PIN})
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if Path(path).name == "locked":  # root may read everything
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("os.scandir", refusing)
    problems: list[Problem] = []
    assert [file.name for file in find(tmp_path, problems=problems)] == ["requirements.txt"]
    assert list(map(str, problems)) == ["locked: Cannot read this directory: Permission denied."]


def test_ten_thousand_files(tmp_path: Path, techlist: CommandLine) -> None:
    for number in range(100):
        files = {f"pkg{number}/file{each}.py": "" for each in range(99)}
        write(tmp_path, files | {f"pkg{number}/requirements.txt": f"django==3.2.{number}\n"})
    ended = techlist("scan", str(tmp_path), *STARTER, "--format", "json")
    assert ended.json["count"] == 100
