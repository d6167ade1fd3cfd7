"""Who may import whom. An arrow that is not here is forbidden."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

ALLOWED = {
    "facts": set(),
    "priority": {"facts"},
    "parsing": {"facts", "names", "versions"},
    "versions": {"facts", "names"},
    "names": {"facts"},
    "starter": {"facts"},
    "spreadsheets": set(),
    "labels": {"names", "priority"},
    "addresses": set(),
    "messages": set(),
    "outgoing": set(),
    "posting": {"addresses", "outgoing"},
    "notices": {"models"},
    "deliveries": {"messages", "models", "posting"},
    "listing": {"models", "parsing", "priority"},
    "endoflife": {"facts", "names"},
    "download": {"outgoing"},
    "sync": {"download", "endoflife", "facts", "lifecycles", "models"},
    "lifecycles": {"models", "parsing", "facts", "starter"},
    "serializers": {"exports", "models"},
    "overview": {"listing", "models"},
    "documents": {"exports", "listing", "serializers"},
    "cache": {"documents", "listing", "overview", "serializers"},
    "submissions": {"models"},
    "dry_run": {"judgement", "models", "priority", "spreadsheets"},
    "judgement": {"facts", "lifecycles", "models", "priority"},
    "outages": set(),
    "assessments": {"cache", "judgement", "models", "notices", "outages", "parsing", "priority", "submissions"},
    "chunks": {"assessments", "cache", "judgement", "models", "notices", "outages", "parsing", "submissions"},
    "undo": {"assessments", "cache", "models", "parsing"},
    "imports": {"judgement", "labels", "manifests", "models", "parsing", "submissions"},
    "tasks": {"assessments", "chunks", "deliveries", "notices", "submissions", "sync", "undo"},
    "throttling": {"cache"},
    "logins": {"cache", "errors", "throttling"},
    "errors": {"imports", "outages", "throttling"},
    "exports": {"spreadsheets"},
    "parsers": set(),
    "renderers": set(),
    "middleware": set(),
    "openapi": {"listing", "models", "serializers"},
    "responses": set(),
    "idempotency": {"openapi", "submissions"},
    "views": {
        *("assessments", "cache", "idempotency", "listing", "models", "openapi", "responses", "serializers"),
        "submissions",
    },
    "import_views": {"idempotency", "imports", "labels", "manifests", "models", "openapi", "parsers", "serializers"},
    "export_views": {"cache", "documents", "listing", "models", "openapi", "responses", "subscriptions"},
    "subscriptions": {"models"},
    "urls": {"documents", "export_views", "import_views", "views"},
    "apps": {"lifecycles"},
}
# The modules of techs/manifests may import each other as this says, and of techs only what is pure and about texts.
MANIFESTS = {
    "manifest": set(),
    "content": {"manifest"},
    "json_places": {"manifest"},
    "toml_places": {"manifest"},
    "ranges": set(),
    "namesakes": set(),
    "packages": {"namesakes"},
    "images": set(),
    "lines": {"manifest"},
    "table": {"manifest"},
    "tool_versions": {"lines", "manifest"},
    "requirements": {"manifest", "packages", "ranges"},
    "package_json": {"json_places", "manifest", "packages", "ranges"},
    "pyproject": {"manifest", "packages", "ranges", "requirements", "toml_places"},
    "dockerfile": {"images", "manifest"},
    "compose": {"content", "images", "manifest"},
    "exported": {"json_places", "manifest"},
    "sbom": {"images", "json_places", "manifest", "packages", "ranges"},
    "detection": {"lines", "manifest", "table"},
}
MANIFESTS_MAY_USE = {"labels", "names", "spreadsheets"}
MANIFESTS_OUTSIDE = {"packageurl", "packaging", "yaml"}
# What reaches out of the process, or tells the time.
IMPURE = {
    *("asyncio", "ctypes", "datetime", "http", "io", "multiprocessing", "os", "pathlib", "random", "shutil", "socket"),
    *("subprocess", "tempfile", "threading", "time", "urllib"),
}
FRONTEND_MAY_USE = {
    *("assessments", "cache", "documents", "imports", "judgement", "labels", "listing", "logins", "manifests"),
    *("models", "submissions", "subscriptions", "throttling", "undo"),
}
# The modules of techs/models: each may use those before it.
MODELS = {
    "rules": {"labels", "parsing", "priority"},
    "listed": {"labels", "parsing", "priority"},
    "undo": set(),
    "promises": {"labels"},
    "facts": set(),
    "outside": {"addresses", "messages"},
    "__init__": {"labels"},
}
# The modules of techs/admin: what they may use of techs, and of each other those before.
ADMIN = {
    "dashboard": {"models"},
    "levels": {"models"},
    "permissions": set(),
    "bulk": set(),
    "forms": {"models"},
    "past": {"models"},
    "filters": {"models", "submissions"},
    "pages": set(),
    "listed": {"assessments", "listing", "models", "parsing", "submissions"},
    "promises": {"models", "submissions"},
    "facts": {"lifecycles", "models", "submissions"},
    "outside": {"deliveries", "models"},
    "tokens": set(),
    "__init__": set(),
}
COMMANDS_MAY_USE = {
    "assess": {"dry_run", "endoflife", "judgement", "lifecycles", "outages", "priority", "starter"},
    "check_coherence": set(),
    "demo": {"models", "submissions"},
    "load_products": {"lifecycles", "starter", "submissions"},
    "sync_lifecycles": {"submissions", "sync"},
}
# Pure: no Django, no clock, no network.
PURE = {
    "facts": set(),
    "priority": set(),
    "parsing": {"rapidfuzz"},
    "versions": set(),
    "names": set(),
    "labels": set(),
    "starter": set(),
    "endoflife": set(),
    "spreadsheets": set(),
    "exports": {"icalendar"},
    "addresses": set(),
    "messages": set(),
}


def imports(path: Path) -> Iterator[str]:
    """Every imported module, with "from techs import x" read as techs.x."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            top = node.module in {"techs", "frontend"}
            yield from (f"{node.module}.{alias.name}" for alias in node.names) if top else [node.module]


def of_package(path: Path, package: str) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith(f"{package}.")}


MODULES = sorted((ROOT / "techs").glob("*.py"))


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem != "__init__"], ids=lambda path: path.stem)
def test_module(path: Path) -> None:
    assert path.stem in ALLOWED, f"{path.name} is new: say in tests/test_layers.py what it may import"
    assert of_package(path, "techs") <= ALLOWED[path.stem]
    assert not of_package(path, "frontend")
    if path.stem in PURE:
        outside = {name.split(".")[0] for name in imports(path)} - {"techs"} - PURE[path.stem]
        assert outside <= sys.stdlib_module_names


PARTS = sorted((ROOT / "techs" / "manifests").glob("*.py"))


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.stem)
def test_manifests(path: Path) -> None:
    """Reading files is pure: bytes in, technologies out."""
    used = set(imports(path))
    parts = {name.split(".")[2] for name in used if name.startswith("techs.manifests.")}
    assert path.stem in {"__init__", *MANIFESTS}, f"{path.name} is new: say in tests/test_layers.py what it may import"
    assert parts <= MANIFESTS.get(path.stem, MANIFESTS.keys())
    assert of_package(path, "techs") <= MANIFESTS_MAY_USE | {"manifests"}
    outside = {name.split(".")[0] for name in used} - {"techs"} - MANIFESTS_OUTSIDE
    assert outside <= sys.stdlib_module_names - IMPURE
    assert not {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)} & {"open"}


@pytest.mark.parametrize("path", sorted((ROOT / "techs" / "models").glob("*.py")), ids=lambda path: path.stem)
def test_models(path: Path) -> None:
    before = list(MODELS)[: list(MODELS).index(path.stem)]
    assert of_package(path, "techs") <= MODELS[path.stem] | {"models"}
    used = {name.split(".")[2] for name in imports(path) if name.startswith("techs.models.")}
    # listed names a submission, for its type only.
    assert used - ({"promises"} if path.stem == "listed" else set()) <= set(before)


@pytest.mark.parametrize("path", sorted((ROOT / "techs" / "admin").glob("*.py")), ids=lambda path: path.stem)
def test_admin(path: Path) -> None:
    assert path.stem in ADMIN, f"{path.name} is new: say in tests/test_layers.py what it may import"
    used = set(imports(path))
    of_admin = {name.split(".")[2] for name in used if name.startswith("techs.admin.")}
    assert of_package(path, "techs") <= ADMIN[path.stem] | {"admin"}
    assert of_admin <= set(list(ADMIN)[: list(ADMIN).index(path.stem)])


COMMANDS = sorted((ROOT / "techs" / "management" / "commands").glob("[a-z]*.py"))


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_command(path: Path) -> None:
    assert of_package(path, "techs") <= COMMANDS_MAY_USE[path.stem]


@pytest.mark.parametrize("path", sorted((ROOT / "frontend").rglob("*.py")), ids=lambda path: path.stem)
def test_frontend(path: Path) -> None:
    assert of_package(path, "techs") <= FRONTEND_MAY_USE


@pytest.mark.parametrize("path", sorted((ROOT / "techs").rglob("*.py")) + sorted((ROOT / "frontend").rglob("*.py")))
def test_nothing_else_knows_the_cache_or_publishes_tasks(path: Path) -> None:
    used = set(imports(path))
    if path.name != "cache.py":
        assert not {name for name in used if name.startswith(("django.core.cache", "django_redis"))}
    if path.name not in {"submissions.py", "tasks.py"}:
        assert not {name for name in used if name.split(".")[0] == "celery"}


def test_a_forbidden_import_is_found(tmp_path: Path) -> None:
    """The control: the reader of imports sees both ways to write one."""
    module = tmp_path / "sample.py"
    module.write_text("from techs import cache\nfrom techs.models import Tech\nimport techs.views\n")
    assert of_package(module, "techs") == {"cache", "models", "views"}
