"""Tests of content: which formats a text without a telling name may be, the most certain first."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from techs.imports.manifests import columns, table
from techs.imports.manifests.lines import is_content
from techs.imports.manifests.types import Format

_JSON_KEYS = {
    Format.CYCLONEDX: re.compile(r'"bomFormat"\s*:\s*"CycloneDX"'),
    Format.SPDX: re.compile(r'"spdxVersion"\s*:\s*"SPDX-|"@context"\s*:\s*"https://spdx\.org/rdf/3'),
    Format.PACKAGE_LOCK: re.compile(r'"lockfileVersion"\s*:\s*[0-9]'),
    Format.KUBERNETES: re.compile(r'"apiVersion"\s*:\s*"(?:[\w.-]+/)?v[0-9]'),
    Format.COMPOSER_LOCK: re.compile(r'"packages-dev"\s*:\s*(?:\[|null)'),
    Format.COMPOSER_JSON: re.compile(r'"require(?:-dev)?"\s*:\s*\{'),
    Format.PIPFILE_LOCK: re.compile(r'"pipfile-spec"\s*:'),
    Format.PACKAGE_JSON: re.compile(r'"(?:(?:dev|peer|optional)?[dD]ependencies|engines|scripts)"\s*:\s*\{'),
}
# A Techlist export is a list of objects with all these keys, or an object with such a list.
JSON = re.compile(r"\s*(?:\[\s*)?\{(?![{%])")  # but no template
XML = re.compile(r"\s*<(?:\?xml|!--|!DOCTYPE|(?:bom|project|packages)\b)", re.IGNORECASE)
_TECHLIST_KEYS = tuple(re.compile(rf'"{key}"\s*:') for key in sorted(columns.EXPORTED))
_TABLE_HEADER = re.compile(r"^\[(?:project|build-system|dependency-groups|tool\.[\w.-]+)\b", re.MULTILINE)
_SERVICES = re.compile(r"^services:[ \t]*(?:#.*)?$", re.MULTILINE)
_SERVICE = re.compile(r"[\w.-]+:[ \t]*(?:#.*)?")
_IMAGE = re.compile(r"(?:image|build):[ \t]+[^\s#]")
_REPOS = re.compile(r"^repos:\s+- +(?:repo|hooks|rev):", re.MULTILINE)
_GO_MOD = re.compile(r"\A(?:\s*+//[^\n]*+\n)*+\s*+module[ \t]+\S+[ \t]*(?://[^\n]*+)?\n")
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)[\s>/]")
_ANT = re.compile(r"<project\b[^>]*\s(?:basedir|default)\s*=|<target\b")
_BEGIN = 10_000  # characters in which the root element begins
_LOOKED_AT = 200  # lines
_RPM = re.compile(r"[\w.+-]+-[^-\s]+-[^-\s]+\.(?:x86_64|noarch|i[3-6]86|aarch64|ppc64le|s390x|\(none\))|gpg-pubkey-\S+")
_SCRIPT = re.compile(r"^[ \t]+(?:before_|after_)?script:", re.MULTILINE)
_PIPELINES = re.compile(r"^pipelines:", re.MULTILINE)
_STAGE = re.compile(r"^[ \t]+stage:[ \t]", re.MULTILINE)
_STAGES = re.compile(r"^stages:", re.MULTILINE)
_CI_IMAGE = re.compile(r"^[ \t]*image:", re.MULTILINE)
_FROM = re.compile(r"FROM(?:[ \t]+--\S+)*[ \t]+\S+(?:[ \t]+AS[ \t]+\S+)?[ \t]*(?:\\)?$", re.IGNORECASE)
_ARG = re.compile(r"ARG[ \t]+\w+", re.IGNORECASE)
_REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?\s*(?:[=~!<>]=.*|[<>].*|;.*|@ .*|)$")
_OTHER_SOURCE = re.compile(r"(?:git\+|https?://|file:|\.{1,2}/)\S*$")
_CERTAIN_REQUIREMENT = re.compile(r"[^=~!<>\s]+\s*[=~!<>]=|-r |--?[a-z-]+[ =]")
_CELLS = re.compile(r"[^,;\t]*[^,;\t0-9][,;\t] ?v?[0-9][^,;\t]*")  # not the comma of "Java 1,8"


@dataclass(frozen=True, slots=True)
class Sniff:
    """A test of content for a format, which is written in a kind of text such as JSON."""

    format: Format
    kind: str
    looks_so: Callable[[str], bool]


def _json(format_: Format) -> Callable[[str], bool]:
    return lambda text: text.lstrip().startswith("{") and bool(_JSON_KEYS[format_].search(text))


def _is_techlist(text: str) -> bool:
    return bool(JSON.match(text)) and all(key.search(text) for key in _TECHLIST_KEYS)


def _is_dockerfile(text: str) -> bool:
    lines = (line.strip() for line in text.split("\n") if is_content(line))
    first = next((line for line in lines if not _ARG.match(line)), "")
    return bool(_FROM.match(first))


def _is_compose(text: str) -> bool:
    # A compose file has a "services" key or, in version 1 of the format, only services.
    if _SERVICES.search(text):
        return True
    lines = [line for line in text.split("\n") if is_content(line) and line != "---"]
    names = [line for line in lines if not line[0].isspace()]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line[0].isspace()), default=0)
    return all(map(_SERVICE.fullmatch, names)) and any(_IMAGE.match(line, indent) for line in lines)


def _is_requirements(text: str) -> bool:
    # Every line may be a requirement or a pip option, and one of them is unambiguous.
    lines = [line.strip() for line in text.split("\n") if is_content(line)]
    if not any(_CERTAIN_REQUIREMENT.match(line) for line in lines):
        return False
    return all(line.startswith("--") or line[:3] in ("-r ", "-c ", "-e ") or _is_requirement(line) for line in lines)


def _is_requirement(line: str) -> bool:
    written = re.split(r"\s#|\s--|\s?\\$", line, maxsplit=1)[0].rstrip()
    return bool(_REQUIREMENT.match(written) or _OTHER_SOURCE.match(written))


def _is_csv(text: str) -> bool:
    # The first line is a header, or every line is a name, a separator and a version.
    lines = [line for line in text.split("\n") if line.strip()]
    return (table.has_header(text) and len(lines) > 1) or all(_CELLS.fullmatch(line.strip()) for line in lines)


def _is_pre_commit(text: str) -> bool:
    return bool(_REPOS.search(text))


def _has_line(*patterns: str) -> Callable[[str], bool]:
    """Return a test for lines that begin like each of the patterns."""
    begins = [re.compile(rf"^(?:{pattern})", re.MULTILINE) for pattern in patterns]
    return lambda text: all(begin.search(text) for begin in begins)


def _root(name: str) -> Callable[[str], bool]:
    """Return a test for the root element of XML, after a declaration, comments and a DOCTYPE."""
    return lambda text: bool((found := _ROOT.search(text[:_BEGIN])) and found[1] == name)


def _is_pom(text: str) -> bool:
    return _root("project")(text) and not _ANT.search(text[:_BEGIN])


def _is_rpm(text: str) -> bool:
    lines = [line.strip() for line in text.split("\n", _LOOKED_AT)[:_LOOKED_AT] if line.strip()]
    return 2 * sum(bool(_RPM.fullmatch(line[:200])) for line in lines) > len(lines)


def _is_gitlab_ci(text: str) -> bool:
    if _PIPELINES.search(text):  # of Bitbucket
        return False
    return bool(_SCRIPT.search(text) and (_STAGE.search(text) or _STAGES.search(text) or _CI_IMAGE.search(text)))


def _has_keys(*wanted: str) -> Callable[[str], bool]:
    """Return a test for keys at the top of YAML. A key may list alternatives, separated by bars."""
    patterns = [re.compile(rf"""^["']?(?:{key})["']?[ \t]*:(?=[ \t\n]|$)""", re.MULTILINE) for key in wanted]
    return lambda text: all(pattern.search(text) for pattern in patterns)


SNIFFS = (
    Sniff(Format.CYCLONEDX, "JSON", _json(Format.CYCLONEDX)),
    Sniff(Format.SPDX, "JSON", _json(Format.SPDX)),
    Sniff(Format.PACKAGE_LOCK, "JSON", _json(Format.PACKAGE_LOCK)),
    Sniff(Format.KUBERNETES, "JSON", _json(Format.KUBERNETES)),
    Sniff(Format.PACKAGE_JSON, "JSON", _json(Format.PACKAGE_JSON)),
    Sniff(Format.COMPOSER_LOCK, "JSON", _json(Format.COMPOSER_LOCK)),
    Sniff(Format.COMPOSER_JSON, "JSON", _json(Format.COMPOSER_JSON)),
    Sniff(Format.PIPFILE_LOCK, "JSON", _json(Format.PIPFILE_LOCK)),
    Sniff(Format.TECHLIST, "JSON", _is_techlist),
    Sniff(Format.CYCLONEDX, "XML", _root("bom")),
    Sniff(Format.POM, "XML", _is_pom),
    Sniff(Format.MSBUILD, "XML", _root("Project")),
    Sniff(Format.PACKAGES_CONFIG, "XML", _root("packages")),
    Sniff(Format.SPDX, "text", _has_line(r"SPDXVersion:[ \t]*SPDX-2")),
    # Exports precede the following formats, because a multi-line note may look like any of them.
    Sniff(Format.CSV, "text", table.is_exported),
    Sniff(
        Format.CARGO_TOML, "TOML", _has_line(r"\[(?:package|workspace|dependencies)\]", r"(?:edition|resolver)[ \t]*=")
    ),
    Sniff(Format.CARGO_LOCK, "TOML", _has_line(r"\[\[package\]\]", r"checksum[ \t]*=[ \t]*\"[0-9a-f]{64}")),
    Sniff(Format.UV_LOCK, "TOML", _has_line(r"\[\[package\]\]", r"source[ \t]*=[ \t]*\{")),
    Sniff(Format.PDM_LOCK, "TOML", _has_line(r"\[\[package\]\]", r"lock_version[ \t]*=")),
    Sniff(Format.POETRY_LOCK, "TOML", _has_line(r"\[\[package\]\]", r"python-versions[ \t]*=")),
    Sniff(Format.PYLOCK, "TOML", _has_line(r"\[\[packages\]\]", r"lock-version[ \t]*=")),
    Sniff(Format.PIPFILE, "TOML", _has_line(r"\[(?:dev-)?packages\]")),
    Sniff(Format.VERSION_CATALOG, "TOML", _has_line(r"\[libraries\]")),
    Sniff(Format.PYPROJECT, "TOML", lambda text: bool(_TABLE_HEADER.search(text))),
    Sniff(Format.YARN_LOCK, "text", _has_line(r"# yarn lockfile v1|__metadata:$")),
    Sniff(Format.GEMFILE_LOCK, "text", _has_line(r"(?:GEM|GIT|PATH)$", r"DEPENDENCIES$")),
    Sniff(Format.GEMFILE, "text", _has_line(r"source[ (]+[\"']https?:", r"[ \t]*gem[ (]+[\"']")),
    Sniff(
        Format.TERRAFORM,
        "text",
        _has_line(r"(?:terraform|(?:resource|data|module|provider|variable) .*\"[\w-]+\")[ \t]*\{"),
    ),
    Sniff(Format.GRADLE, "text", _has_line(r"(?:plugins|dependencies|repositories|buildscript|allprojects)[ \t]*\{")),
    Sniff(
        Format.DPKG,
        "text",
        _has_line(r"\|/ Err\?=|ii  +\S+ +\S+ +\S+|Listing\.\.\.|[^\s/]+/[^\s,]+(?:,[^\s,]+)*,now [0-9]"),
    ),
    Sniff(Format.RPM, "text", _is_rpm),
    Sniff(Format.GO_MOD, "text", lambda text: bool(_GO_MOD.match(text))),
    Sniff(Format.DOCKERFILE, "text", _is_dockerfile),
    Sniff(Format.GITHUB_ACTIONS, "YAML", _has_keys("on", "jobs")),
    Sniff(Format.HELM_CHART, "YAML", _has_keys("apiVersion", "name", "version", "appVersion|dependencies|kubeVersion")),
    Sniff(Format.KUBERNETES, "YAML", _has_keys("apiVersion", "kind")),
    Sniff(Format.PNPM_LOCK, "YAML", _has_keys("lockfileVersion", "packages|importers|dependencies")),
    Sniff(Format.SERVERLESS, "YAML", _has_keys("provider", "functions|frameworkVersion")),
    Sniff(Format.CONDA, "YAML", _has_keys("channels", "dependencies")),
    Sniff(Format.PRE_COMMIT, "YAML", _is_pre_commit),
    Sniff(Format.GITLAB_CI, "YAML", _is_gitlab_ci),
    Sniff(Format.COMPOSE, "YAML", _is_compose),
    Sniff(Format.REQUIREMENTS, "text", _is_requirements),
    Sniff(Format.CSV, "text", _is_csv),
)
