"""The documentation matches the code, wherever that can be compared."""

import ast
import io
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from packaging.version import Version

from techlist import __version__
from techlist.local.embedded import BASE_DIR

DOCS = BASE_DIR / "docs"
PACKAGES = ("frontend", "techlist", "techs")
# Variables of Django, of WSGI and the tests, which nobody sets for Techlist.
INTERNAL = {"DJANGO_SETTINGS_MODULE", "REQUEST_METHOD"}


def pages() -> str:
    return "\n".join(page.read_text() for page in sorted(DOCS.rglob("*.md")))


def undocumented(names: set[str]) -> set[str]:
    """Return the variables that no page mentions as code or in a heading."""
    text = pages()
    return {name for name in names if f"`{name}`" not in text and f"\n## {name}\n" not in text}


def sources() -> Iterator[str]:
    for package in PACKAGES:
        for module in sorted((BASE_DIR / package).rglob("*.py")):
            yield module.read_text()


def variables_read(source: str) -> Iterator[str]:
    """Yield names that are read as environ["NAME"], environ.get("NAME") or getenv("NAME")."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(
                value=ast.Name("environ") | ast.Attribute(attr="environ"), slice=ast.Constant(str(name))
            ):
                yield name
            case ast.Call(
                func=ast.Attribute(value=ast.Name("environ") | ast.Attribute(attr="environ"), attr="get")
                | ast.Attribute(attr="getenv"),
                args=[ast.Constant(str(name)), *_],
            ):
                yield name


def test_the_configuration_page_is_up_to_date(tmp_path: Path) -> None:
    fresh = tmp_path / "configuration.md"
    subprocess.run([sys.executable, "scripts/configuration_page.py", str(fresh)], cwd=BASE_DIR, check=True)
    assert (DOCS / "configuration.md").read_text() == fresh.read_text(), "Run scripts/configuration_page.py."


def test_the_configuration_page_does_not_depend_on_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TECHLIST_ACCESS", "nonsense")
    fresh = tmp_path / "configuration.md"
    subprocess.run([sys.executable, "scripts/configuration_page.py", str(fresh)], cwd=BASE_DIR, check=True)
    assert "nonsense" not in fresh.read_text()


def test_every_variable_that_is_read_is_documented() -> None:
    read = {name for source in sources() for name in variables_read(source)} - INTERNAL
    assert {"TECHLIST_DATA_DIR", "PORT"} <= read, "the search finds nothing"
    assert undocumented(read) == set()


def test_every_variable_of_the_containers_is_documented() -> None:
    compose = (BASE_DIR / "docker" / "compose.yaml").read_text()
    example = (BASE_DIR / "docker" / "env.example").read_text()
    names = {*re.findall(r"\$\{([A-Z_]+)", compose), *re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)}
    assert {"SECRET_KEY", "DATABASE_PASSWORD"} <= names
    assert undocumented(names) == set()


def test_every_room_is_documented() -> None:
    contracts = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "rooms")
    rooms = {room.strip() for layer in layers for room in layer.split("|")}
    page = (DOCS / "architecture.md").read_text()
    assert {room for room in rooms if f"`{room}`" not in page} == set()


def test_every_system_check_is_documented() -> None:
    ids = {found for source in sources() for found in re.findall(r'id="techlist\.([EW][0-9]+)"', source)}
    assert "E001" in ids
    page = (DOCS / "operations.md").read_text()
    assert {check for check in ids if check not in page} == set()


def test_every_periodic_task_is_documented() -> None:
    page = (DOCS / "operations.md").read_text()
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {task for task in tasks if f"`{task}`" not in page} == set()


def test_the_modules_that_the_architecture_names_exist() -> None:
    named = re.findall(r"`((?:techs|techlist|frontend)/[a-z_/]+(?:\.py)?)`", (DOCS / "architecture.md").read_text())
    assert "techs/rules/priority.py" in named
    assert [path for path in named if not (BASE_DIR / path).exists()] == []


def test_the_targets_that_pages_name_exist() -> None:
    makefile = (BASE_DIR / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    text = pages() + (BASE_DIR / "README.md").read_text() + (BASE_DIR / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"(?:`|^)(?:[A-Z_]+=\S+ )*make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert {"run", "test", "docs"} <= named
    assert named <= targets


def test_the_tests_that_pages_name_exist() -> None:
    named = set(re.findall(r"`(tests/[\w/.]+)`", pages()))
    assert "tests/faults/test_restore.py" in named
    assert {path for path in named if not (BASE_DIR / path).exists()} == set()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md"])
def test_links_of_files_outside_the_pages_lead_somewhere(name: str) -> None:
    text = " ".join((BASE_DIR / name).read_text().split())
    links = re.findall(r"\]\((?!https?://)([^)# ]+)#?([^) ]*)\)", text)
    assert {link for link, _ in links if not (BASE_DIR / link).exists()} == set()
    assert {f"{link}#{place}" for link, place in links if place and place not in places_of(BASE_DIR / link)} == set()


def places_of(page: Path) -> set[str]:
    """Return the anchors of a page, as its headings make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


@pytest.mark.django_db
def test_the_example_of_assess(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    guide = (DOCS / "user-guide.md").read_text()
    shown = guide.partition("assess --today 2026-11-22\n")[2].partition("\n\n")[0]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Django 3.2\nNode.js 24\n")))
    call_command("assess", "--today", "2026-11-22")
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == shown.splitlines()


def test_the_readme_stays_short() -> None:
    assert 600 <= len((BASE_DIR / "README.md").read_text().split()) <= 800


def test_the_changelog_knows_this_version() -> None:
    """Either a release, or the development of a later one."""
    changelog = (BASE_DIR / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in changelog
    releases = re.findall(r"^## \[([0-9.]+)\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$", changelog, re.MULTILINE)
    version = Version(__version__)
    assert version == Version(releases[0]) or (version.is_devrelease and version > Version(releases[0]))


def test_the_version_stands_in_one_place() -> None:
    assert __version__ not in (BASE_DIR / "pyproject.toml").read_text()
    copies = [source for source in sources() if f'"{__version__}"' in source]
    assert len(copies) == 1
