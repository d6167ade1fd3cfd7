"""Read .pre-commit-config.yaml: the tools of the hooks, and the languages they need."""

import re
from collections.abc import Iterator

from techs.imports.manifests import entries, requirements, runtimes, yaml_places
from techs.imports.manifests.json_places import JsonList, JsonObject
from techs.imports.manifests.types import ManifestError, Row, Skipped

PACKAGES = {
    "awebdeveloper/pre-commit-stylelint": ("npm", "stylelint"),
    "biomejs/pre-commit": ("npm", "@biomejs/biome"),
    "pre-commit/mirrors-autopep8": ("pypi", "autopep8"),
    "pre-commit/mirrors-clang-format": ("pypi", "clang-format"),
    "pre-commit/mirrors-csslint": ("npm", "csslint"),
    "pre-commit/mirrors-eslint": ("npm", "eslint"),
    "pre-commit/mirrors-isort": ("pypi", "isort"),
    "pre-commit/mirrors-jshint": ("npm", "jshint"),
    "pre-commit/mirrors-mypy": ("pypi", "mypy"),
    "pre-commit/mirrors-prettier": ("npm", "prettier"),
    "pre-commit/mirrors-yapf": ("pypi", "yapf"),
    "psf/black": ("pypi", "black"),
    "psf/black-pre-commit-mirror": ("pypi", "black"),
    "astral-sh/ruff-pre-commit": ("pypi", "ruff"),
    "pycqa/flake8": ("pypi", "flake8"),
    "pycqa/isort": ("pypi", "isort"),
    "pycqa/pylint": ("pypi", "pylint"),
    "renovatebot/pre-commit-hooks": ("npm", "renovate"),
}
"""Repositories of hooks whose tags are the versions of a package."""

_ADDRESS = re.compile(r"(?:https?://|git@|ssh://git@)([^/:]+)[/:](.+?)(?:\.git)?/?")
_TAG = re.compile(r"(?:[a-z-]+-)?v?([0-9]+\.[0-9][\w.+-]*|[0-9]+)", re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_LANGUAGE = re.compile(r"(python|node|ruby|go|golang|rust)?[ -]?(v?[0-9].*|default|system)", re.IGNORECASE)
_DEPENDENCIES = {
    "node": ("npm", re.compile(r"(@?[^@\s]+)@(.+)")),
    "golang": ("golang", re.compile(r"([^@\s]+)@(v?[0-9]\S*)")),
    "ruby": ("gem", re.compile(r"([\w.-]+):([0-9]\S*)")),
    "rust": ("cargo", re.compile(r"(?:cli:)?([\w-]+):([0-9]\S*)")),
}
"""How the languages of hooks write packages with versions. Those of Python are requirements."""

# Hooks of other repositories rarely name their language.
_NPM = re.compile(r"(@?[^@\s]+)@([0-9^~].*)")
_OWN = {"local": "Hooks of this repository.", "meta": "Hooks of pre-commit itself."}


def read(text: str) -> Iterator[Row]:
    """Read the repository of every hook. Raises ManifestError if there are none."""
    document = yaml_places.document(text)
    repos = document.get("repos") if isinstance(document, JsonObject) else document
    if not isinstance(repos, JsonList):
        raise ManifestError("A .pre-commit-config.yaml needs a list of repos.", line=1)
    if isinstance(document, JsonObject):
        yield from _languages(document)
    for repo, line in zip(repos, repos.lines, strict=True):
        if isinstance(repo, JsonObject):
            yield _repository(repo)
            yield from _hooks(repo)
        else:
            yield Skipped(line, str(repo), "A repository must be a mapping.", is_unread=True)


def _languages(document: JsonObject) -> Iterator[Row]:
    versions = document.get("default_language_version")
    if not isinstance(versions, JsonObject):
        return
    for language, version in versions.items():
        yield _language(language, version, versions.lines[language])


def _language(language: str, version: object, line: int) -> Row:
    source = f"{language}: {version}"
    found = _LANGUAGE.fullmatch(version[:100]) if isinstance(version, str) else None
    tool = (found[1] or language) if found else ""
    if not found or tool not in runtimes.PRODUCTS:
        return Skipped(line, source, "No version of a language.")
    return runtimes.named(tool, found[2], line=line, source=source)


def _repository(repo: JsonObject) -> Row:
    address, rev = repo.get("repo"), repo.get("rev", repo.get("sha"))
    line = repo.lines.get("rev", repo.line)
    source = f"{address}: {rev}" if rev else str(address)
    if not isinstance(address, str) or address in _OWN:
        return Skipped(line, source, _OWN.get(str(address), "A repository needs an address."))
    found = _ADDRESS.fullmatch(address[:500])
    tag = _TAG.fullmatch(rev) if isinstance(rev, str) else None
    if not found or not tag or _COMMIT.fullmatch(str(rev)):
        return Skipped(line, source, "Installed from source, version unknown.")
    path = found[2].casefold()
    if path in PACKAGES:
        ecosystem, name = PACKAGES[path]
        return entries.package(ecosystem, name, tag[1], line=line, source=source)
    ecosystem = "github" if found[1].casefold() == "github.com" else "generic"
    return entries.package(ecosystem, path, tag[1], line=line, source=source)


def _hooks(repo: JsonObject) -> Iterator[Row]:
    hooks = repo.get("hooks")
    for hook in hooks if isinstance(hooks, list) else ():
        if not isinstance(hook, JsonObject):
            continue
        if "language_version" in hook:
            yield _language(str(hook.get("language", "")), hook["language_version"], hook.lines["language_version"])
        needed = hook.get("additional_dependencies")
        if isinstance(needed, JsonList):
            language = str(hook.get("language", ""))
            yield from (_dependency(item, line, language) for item, line in zip(needed, needed.lines, strict=True))


def _dependency(written: object, line: int, language: str) -> Row:
    if not isinstance(written, str) or written.startswith((".", "/")):
        return Skipped(line, str(written), "A local file or folder.")
    if language in _DEPENDENCIES:
        ecosystem, pattern = _DEPENDENCIES[language]
        found = pattern.fullmatch(written[:200])
        name, version = (found[1], found[2]) if found else (written[:200], "")
        return entries.constrained(ecosystem, name, version, line=line, source=written)
    if npm := _NPM.fullmatch(written[:200]):
        return entries.constrained("npm", npm[1], npm[2], line=line, source=written)
    return requirements.row(written, line=line)
