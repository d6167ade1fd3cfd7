"""Detect the format of a file by its name or, failing that, by its content."""

import re
from collections.abc import Callable

from techs.imports.manifests import table
from techs.imports.manifests.lines import is_content
from techs.imports.manifests.types import Evidence, Format, ManifestError

_NAMES = {
    Format.REQUIREMENTS: re.compile(r"(?:.*[._-])?(?:requirements|constraints)(?:[._-].*)?\.(?:txt|in)"),
    Format.PACKAGE_JSON: re.compile(r"package\.json"),
    Format.PYPROJECT: re.compile(r"pyproject\.toml"),
    Format.DOCKERFILE: re.compile(r"(?:docker|container)file(?:\..+)?|.+\.(?:docker|container)file"),
    Format.COMPOSE: re.compile(r"(?:docker-|podman-)?compose(?:[._-].+)?\.ya?ml"),
    Format.TOOL_VERSIONS: re.compile(r"\.?tool-versions"),
    Format.CYCLONEDX: re.compile(r"bom\.json|.+\.cdx\.json"),
    Format.SPDX: re.compile(r".+\.spdx\.json"),
    Format.CSV: re.compile(r".+\.(?:csv|tsv)"),
    # The name of the export, also with the number that browsers add to repeated downloads.
    Format.TECHLIST: re.compile(r"techlist(?: ?\([0-9]+\)|-[0-9]+)?\.json"),
}
_LOCK_FILES = {
    "package-lock.json": "package.json",
    "npm-shrinkwrap.json": "package.json",
    "yarn.lock": "package.json",
    "pnpm-lock.yaml": "package.json",
    "bun.lock": "package.json",
    "bun.lockb": "package.json",
    "poetry.lock": "pyproject.toml",
    "pdm.lock": "pyproject.toml",
    "pylock.toml": "pyproject.toml",
    "uv.lock": "pyproject.toml",
    "pipfile.lock": "requirements.txt",
}
_OTHER_LOCK_FILES = re.compile(r".+\.lock(?:\.(?:json|hcl))?|.+\.lockfile|go\.sum")
_OTHER_MANIFESTS = re.compile(
    r"(?:pip|gem|pod|cart|brew|cpan|jenkins|make|vagrant|proc|rake)file|conanfile\.(?:py|txt)|go\.(?:mod|work)"
    r"|setup\.(?:py|cfg)|mix\.exs|rebar\.config|deps\.edn|project\.clj|package\.swift|cmakelists\.txt"
    r"|.+\.(?:gradle(?:\.kts)?|(?:cs|fs|vb)proj|sln|slnx|gemspec|podspec|sbt|cabal|tf|nix)"
)
# Files that contain only a version; the file name identifies the technology.
_BARE_VERSIONS = {
    ".go-version": "Go 1.24",
    ".java-version": "OpenJDK 21",
    ".node-version": "Node.js 22",
    ".nvmrc": "Node.js 22",
    ".php-version": "PHP 8.4",
    ".python-version": "Python 3.13",
    ".ruby-version": "Ruby 3.4",
    ".terraform-version": "Terraform 1.9",
    "runtime.txt": "Python 3.13",
}
_NO_TEXT = {
    **dict.fromkeys((".ods", ".xls", ".xlsx"), "Spreadsheets are not supported. Save the sheet as CSV."),
    **dict.fromkeys((".doc", ".docx", ".odt", ".pdf", ".rtf"), "Documents are not supported. Paste the lines instead."),
    **dict.fromkeys((".7z", ".gz", ".tar", ".tgz", ".zip"), "Archives are not supported. Import an unpacked file."),
}
_NOT_READ = {
    ".json": "This JSON is not supported. Import package.json, CycloneDX, SPDX or a Techlist export.",
    ".yml": "This YAML is not a compose file.",
    ".yaml": "This YAML is not a compose file.",
    ".toml": "This TOML is not a pyproject.toml.",
    ".spdx": "This form of SPDX is not supported. Import it as JSON.",
    ".xml": "XML is not supported. Import the bill of materials as JSON.",
}

_JSON_KEYS = {
    Format.CYCLONEDX: re.compile(r'"bomFormat"\s*:\s*"CycloneDX"'),
    Format.SPDX: re.compile(r'"spdxVersion"\s*:\s*"SPDX-|"@context"\s*:\s*"https://spdx\.org/rdf/3'),
    Format.PACKAGE_JSON: re.compile(r'"(?:(?:dev|peer|optional)?[dD]ependencies|engines|scripts)"\s*:\s*\{'),
}
# A Techlist export is a list of objects with all these keys, or an object with such a list.
_JSON = re.compile(r"\s*(?:\[\s*)?\{")
_TECHLIST_KEYS = tuple(re.compile(rf'"{key}"\s*:') for key in sorted(table.EXPORTED))
_TABLE_HEADER = re.compile(r"^\[(?:project|build-system|dependency-groups|tool\.[\w.-]+)\b", re.MULTILINE)
_SERVICES = re.compile(r"^services:[ \t]*(?:#.*)?$", re.MULTILINE)
_SERVICE = re.compile(r"[\w.-]+:[ \t]*(?:#.*)?")
_IMAGE = re.compile(r"^[ \t]+(?:image|build):(?:[ \t]|$)", re.MULTILINE)
_FROM = re.compile(r"FROM(?:[ \t]+--\S+)*[ \t]+\S+(?:[ \t]+AS[ \t]+\S+)?[ \t]*(?:\\)?$", re.IGNORECASE)
_ARG = re.compile(r"ARG[ \t]+\w+", re.IGNORECASE)
_REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?\s*(?:[=~!<>]=.*|[<>].*|;.*|@ .*|)$")
_CERTAIN_REQUIREMENT = re.compile(r"[^=~!<>\s]+\s*[=~!<>]=|-r |--?[a-z-]+[ =]")
_CELLS = re.compile(r"[^,;\t]*[^,;\t0-9][,;\t] ?v?[0-9][^,;\t]*")  # not the comma of "Java 1,8"


_MAX_NAME = 255  # characters; some patterns take quadratic time


def check_name(name: str) -> None:
    """Raise ManifestError if the name belongs to an unsupported kind of file."""
    base = _base(name)
    if instead := _LOCK_FILES.get(base):
        raise ManifestError(f"Lock files are not supported. Import {instead} or a bill of materials instead.")
    if _OTHER_LOCK_FILES.fullmatch(base):
        raise ManifestError("Lock files are not supported. Import a bill of materials (CycloneDX or SPDX) instead.")
    if _OTHER_MANIFESTS.fullmatch(base):
        raise ManifestError("This format is not supported. Import a bill of materials (CycloneDX or SPDX) instead.")
    if example := _BARE_VERSIONS.get(base):
        raise ManifestError(f"This file contains only a version. Enter a line such as {example} instead.")
    if problem := _NO_TEXT.get(_suffix(base)):
        raise ManifestError(problem)


def detect(name: str, text: str) -> tuple[Format, Evidence]:
    """Return the format and the evidence for it. Raises ManifestError for unsupported formats."""
    base = _base(name)
    for format_, pattern in _NAMES.items():
        if pattern.fullmatch(base):
            return format_, Evidence.NAME
    for format_, looks_so in _CONTENT:
        if looks_so(text):
            return format_, Evidence.CONTENT
    if problem := _NOT_READ.get(_kind(base, text)):
        raise ManifestError(problem)
    return Format.LINES, Evidence.DEFAULT


def _base(name: str) -> str:
    return re.split(r"[/\\]", name.strip())[-1][-_MAX_NAME:].casefold()


def _suffix(base: str) -> str:
    return base[base.rfind(".") :] if "." in base else ""


def _kind(base: str, text: str) -> str:
    begin = text.lstrip()[:5]
    if _JSON.match(text):
        return ".json"
    if begin.startswith(("<?xml", "<bom")):
        return ".xml"
    return _suffix(base)


def _json(format_: Format) -> Callable[[str], bool]:
    return lambda text: text.lstrip().startswith("{") and bool(_JSON_KEYS[format_].search(text))


def _is_techlist(text: str) -> bool:
    return bool(_JSON.match(text)) and all(key.search(text) for key in _TECHLIST_KEYS)


def _is_dockerfile(text: str) -> bool:
    lines = (line.strip() for line in text.split("\n") if is_content(line))
    first = next((line for line in lines if not _ARG.match(line)), "")
    return bool(_FROM.match(first))


def _is_compose(text: str) -> bool:
    # A compose file has a "services" key or, in version 1 of the format, only services.
    if _SERVICES.search(text):
        return True
    names = [line for line in text.split("\n") if is_content(line) and not line[0].isspace() and line != "---"]
    return all(map(_SERVICE.fullmatch, names)) and bool(_IMAGE.search(text))


def _is_requirements(text: str) -> bool:
    # Every line may be a requirement or a pip option, and one of them is unambiguous.
    lines = [line.strip() for line in text.split("\n") if is_content(line)]
    if not any(_CERTAIN_REQUIREMENT.match(line) for line in lines):
        return False
    return all(line.startswith("--") or line[:3] in ("-r ", "-c ", "-e ") or _is_requirement(line) for line in lines)


def _is_requirement(line: str) -> bool:
    return bool(_REQUIREMENT.match(re.split(r"\s#|\s--|\s?\\$", line, maxsplit=1)[0]))


def _is_csv(text: str) -> bool:
    # The first line is a header, or every line is a name, a separator and a version.
    lines = [line for line in text.split("\n") if line.strip()]
    return (table.has_header(text) and len(lines) > 1) or all(_CELLS.fullmatch(line.strip()) for line in lines)


_CONTENT: tuple[tuple[Format, Callable[[str], bool]], ...] = (
    (Format.CYCLONEDX, _json(Format.CYCLONEDX)),
    (Format.SPDX, _json(Format.SPDX)),
    (Format.PACKAGE_JSON, _json(Format.PACKAGE_JSON)),
    (Format.TECHLIST, _is_techlist),
    # Exports precede the following formats, because a multi-line note may look like any of them.
    (Format.CSV, table.is_exported),
    (Format.PYPROJECT, lambda text: bool(_TABLE_HEADER.search(text))),
    (Format.DOCKERFILE, _is_dockerfile),
    (Format.COMPOSE, _is_compose),
    (Format.REQUIREMENTS, _is_requirements),
    (Format.CSV, _is_csv),
)
