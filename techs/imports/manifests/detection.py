"""Detect the format of a file by its name or, failing that, by its content."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from techs.imports.manifests import names, table
from techs.imports.manifests.lines import is_content
from techs.imports.manifests.types import Evidence, Format, ManifestError

# Only these, pasted text, and names without a suffix may hold plain lines.
_PLAIN = {".txt", ".md", ".markdown"}
_KINDS = {
    **dict.fromkeys((".yml", ".yaml"), "YAML"),
    **dict.fromkeys((".json", ".jsonc"), "JSON"),
    **dict.fromkeys((".xml", ".config", ".props", ".targets"), "XML"),
    ".toml": "TOML",
}
_SELF_EVIDENT = ("JSON", "XML")  # detected whatever the suffix

_JSON_KEYS = {
    Format.CYCLONEDX: re.compile(r'"bomFormat"\s*:\s*"CycloneDX"'),
    Format.SPDX: re.compile(r'"spdxVersion"\s*:\s*"SPDX-|"@context"\s*:\s*"https://spdx\.org/rdf/3'),
    Format.PACKAGE_LOCK: re.compile(r'"lockfileVersion"\s*:\s*[0-9]'),
    Format.KUBERNETES: re.compile(r'"apiVersion"\s*:\s*"(?:[\w.-]+/)?v[0-9]'),
    Format.PACKAGE_JSON: re.compile(r'"(?:(?:dev|peer|optional)?[dD]ependencies|engines|scripts)"\s*:\s*\{'),
}
# A Techlist export is a list of objects with all these keys, or an object with such a list.
_JSON = re.compile(r"\s*(?:\[\s*)?\{")
_XML = re.compile(r"\s*<(?:\?xml|bom|project)\b", re.IGNORECASE)
_TECHLIST_KEYS = tuple(re.compile(rf'"{key}"\s*:') for key in sorted(table.EXPORTED))
_TABLE_HEADER = re.compile(r"^\[(?:project|build-system|dependency-groups|tool\.[\w.-]+)\b", re.MULTILINE)
_SERVICES = re.compile(r"^services:[ \t]*(?:#.*)?$", re.MULTILINE)
_SERVICE = re.compile(r"[\w.-]+:[ \t]*(?:#.*)?")
_IMAGE = re.compile(r"^[ \t]+(?:image|build):(?:[ \t]|$)", re.MULTILINE)
_REPOS = re.compile(r"^repos:\s+- +(?:repo|hooks|rev):", re.MULTILINE)
_GO_MOD = re.compile(r"\A(?:\s*+//[^\n]*+\n)*+\s*+module[ \t]+\S+[ \t]*(?://[^\n]*+)?\n")
_FROM = re.compile(r"FROM(?:[ \t]+--\S+)*[ \t]+\S+(?:[ \t]+AS[ \t]+\S+)?[ \t]*(?:\\)?$", re.IGNORECASE)
_ARG = re.compile(r"ARG[ \t]+\w+", re.IGNORECASE)
_REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?\s*(?:[=~!<>]=.*|[<>].*|;.*|@ .*|)$")
_CERTAIN_REQUIREMENT = re.compile(r"[^=~!<>\s]+\s*[=~!<>]=|-r |--?[a-z-]+[ =]")
_CELLS = re.compile(r"[^,;\t]*[^,;\t0-9][,;\t] ?v?[0-9][^,;\t]*")  # not the comma of "Java 1,8"


_NAMED_VERSION = re.compile(r"[^={}();\"'<>]{1,60}?[\s:=@/-] ?v?[0-9][\w.+-]*(?: \([^()]{1,40}\))?")
_LOOKED_AT = 200  # lines of a file whose name has no suffix


@dataclass(frozen=True, slots=True)
class _Sniff:
    """A test of content for a format, which is written in a kind of text such as JSON."""

    format: Format
    kind: str
    looks_so: Callable[[str], bool]


def check_name(name: str) -> None:
    """Raise ManifestError if the name belongs to an unsupported kind of file."""
    names.check(name)


def detect(name: str, text: str) -> tuple[Format, Evidence]:
    """Return the format and the evidence for it. Raises ManifestError for unsupported formats."""
    if format_ := names.format_of(name):
        return format_, Evidence.NAME
    for sniff in _SNIFFS:
        if _may_be(sniff.kind, name) and sniff.looks_so(text):
            return sniff.format, Evidence.CONTENT
    if not _may_be_plain(name, text):
        raise ManifestError(_refusal(name, text))
    return Format.LINES, Evidence.DEFAULT


def _may_be(kind: str, name: str) -> bool:
    suffix = names.suffix_of(name)
    if written := _KINDS.get(suffix):
        return kind == written
    return kind in _SELF_EVIDENT or not suffix or suffix in _PLAIN


def _may_be_plain(name: str, text: str) -> bool:
    if _JSON.match(text) or _XML.match(text):
        return False
    suffix = names.suffix_of(name)
    if suffix in _PLAIN or not name.strip():
        return True
    return not suffix and _has_versions(text)


def _has_versions(text: str) -> bool:
    lines = [line.strip() for line in text.split("\n", _LOOKED_AT)[:_LOOKED_AT] if is_content(line)]
    return 2 * sum(bool(_NAMED_VERSION.fullmatch(line[:200])) for line in lines) > len(lines)


def _refusal(name: str, text: str) -> str:
    written = "JSON" if _JSON.match(text) else "XML" if _XML.match(text) else ""
    kind = written or _KINDS.get(names.suffix_of(name))
    begin = f"This {kind} is of a kind" if kind else "This is a kind of file"
    return f"{begin} that is not supported. Import one of these: {', '.join(sorted(Format, key=str.casefold))}."


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


def _is_pre_commit(text: str) -> bool:
    return bool(_REPOS.search(text))


def _has_keys(*wanted: str) -> Callable[[str], bool]:
    """Return a test for keys at the top of YAML. A key may list alternatives, separated by bars."""
    patterns = [re.compile(rf"""^["']?(?:{key})["']?[ \t]*:(?=[ \t\n]|$)""", re.MULTILINE) for key in wanted]
    return lambda text: all(pattern.search(text) for pattern in patterns)


_SNIFFS = (
    _Sniff(Format.CYCLONEDX, "JSON", _json(Format.CYCLONEDX)),
    _Sniff(Format.SPDX, "JSON", _json(Format.SPDX)),
    _Sniff(Format.PACKAGE_LOCK, "JSON", _json(Format.PACKAGE_LOCK)),
    _Sniff(Format.KUBERNETES, "JSON", _json(Format.KUBERNETES)),
    _Sniff(Format.PACKAGE_JSON, "JSON", _json(Format.PACKAGE_JSON)),
    _Sniff(Format.TECHLIST, "JSON", _is_techlist),
    # Exports precede the following formats, because a multi-line note may look like any of them.
    _Sniff(Format.CSV, "text", table.is_exported),
    _Sniff(Format.PYPROJECT, "TOML", lambda text: bool(_TABLE_HEADER.search(text))),
    _Sniff(Format.GO_MOD, "text", lambda text: bool(_GO_MOD.match(text))),
    _Sniff(Format.DOCKERFILE, "text", _is_dockerfile),
    _Sniff(Format.GITHUB_ACTIONS, "YAML", _has_keys("on", "jobs")),
    _Sniff(Format.KUBERNETES, "YAML", _has_keys("apiVersion", "kind")),
    _Sniff(Format.PRE_COMMIT, "YAML", _is_pre_commit),
    _Sniff(Format.COMPOSE, "YAML", _is_compose),
    _Sniff(Format.REQUIREMENTS, "text", _is_requirements),
    _Sniff(Format.CSV, "text", _is_csv),
)
