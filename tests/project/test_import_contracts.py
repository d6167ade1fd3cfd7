"""The import contracts of pyproject.toml are kept, and forbidden imports break them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("techs", "frontend", "techlist")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("project")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, directory / package, ignore=shutil.ignore_patterns("__pycache__", "templates"))
    shutil.copy(ROOT / "pyproject.toml", directory)
    return directory


def lint(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def test_contracts_are_kept(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout
    assert "6 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("techs/models/tech.py", "from techs.submissions import outbox"),
        ("techs/inventory/editing.py", "import techs.api.views"),
        ("techs/cache.py", "from techs.models import Tech"),
        ("techs/api/errors.py", "from techlist.middleware import private_by_default"),
        ("techs/tasks.py", "from frontend import dates"),
        ("techs/rules/text.py", "import time"),
        ("techs/imports/manifests/lines.py", "from techs.models import Tech"),
        ("techs/lifecycles/starter.py", "import socket"),
        ("frontend/presenters/rows.py", "from frontend.views import tech_list"),
        ("techs/webhooks/events.py", "import celery"),
        ("techlist/cli/scan.py", "from techs.assessment import assessor"),
        ("techlist/cli/push.py", "import redis"),
    ],
)
def test_a_forbidden_import_is_found(copy: Path, module: str, line: str) -> None:
    path = copy / module
    before = path.read_text()
    path.write_text(f"{before}\n{line}\n")
    try:
        done = lint(copy)
    finally:
        path.write_text(before)
    assert done.returncode == 1, done.stdout
    assert module.removesuffix(".py").replace("/", ".") in done.stdout


def test_a_new_room_needs_a_place(copy: Path) -> None:
    path = copy / "techs" / "attic.py"
    path.touch()
    try:
        assert lint(copy).returncode == 1
    finally:
        path.unlink()


def test_only_the_store_and_the_counters_use_the_cache_of_django() -> None:
    """Import contracts treat packages as a whole, and every module may use Django. Preloading reads nothing."""
    users = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "django.core.cache" in path.read_text()
    ]
    assert sorted(users) == ["techlist/local/preloading.py", "techs/cache.py", "techs/counters.py"]
