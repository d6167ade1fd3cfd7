"""Read .tool-versions of asdf and mise: a tool and one or more versions per line."""

import re
from collections.abc import Iterator

from techs.imports.manifests import runtimes
from techs.imports.manifests.lines import is_content
from techs.imports.manifests.types import Entry, Row, Skipped

TOOLS = {
    "dotnet": ".NET",
    "dotnet-core": ".NET",
    "go": "Go",
    "golang": "Go",
    "gradle": "Gradle",
    "groovy": "Apache Groovy",
    "haskell": "Glasgow Haskell Compiler (GHC)",
    "maven": "Apache Maven",
    "mongodb": "MongoDB",
    "mysql": "MySQL",
    "node": "Node.js",
    "nodejs": "Node.js",
    "opentofu": "OpenTofu",
    "php": "PHP",
    "postgres": "PostgreSQL",
    "python": "Python",
    "rabbitmq": "RabbitMQ",
    "redis": "Redis",
    "ruby": "Ruby",
    "rust": "Rust",
    "terraform": "Terraform",
}
"""Tools whose product has another name or spelling."""

MAX_VERSIONS = 20  # per tool

_VERSION = re.compile(r"[vV]?[0-9]\S*")
_TAG = re.compile(r"(?:ref|tag):(v?[0-9]+(?:\.[0-9]+)+\S*)", re.IGNORECASE)
_DISTRIBUTION = re.compile(r"([a-z][a-z0-9-]*?)-(?:jre-|jdk-|musl-|javafx-)*([0-9]\S*)")
_NO_VERSION = {
    "beta": "A channel, not a version.",
    "latest": "The latest version, not a specific one.",
    "lts": "The latest LTS version, not a specific one.",
    "nightly": "A channel, not a version.",
    "path": "A path, not a version.",
    "ref": "A source revision, not a version.",
    "stable": "A channel, not a version.",
    "system": "The version on the machine, not a specific one.",
}


def read(text: str) -> Iterator[Row]:
    """Read every tool with each of its versions, as fallback versions may be in use, too."""
    for number, line in enumerate(text.split("\n"), start=1):
        if is_content(line):
            yield from _line(number, line)


def _line(number: int, line: str) -> Iterator[Row]:
    tool, *versions = line.partition(" #")[0].partition("\t#")[0].split()
    if not versions:
        yield Skipped(number, line, f"{tool[:50]} has no version.", is_unread=True)
    if len(versions) > MAX_VERSIONS:
        yield Skipped(number, line, f"More than {MAX_VERSIONS} versions of one tool.", is_unread=True)
        return
    for version in versions:
        yield _row(number, line, tool, version)


def _row(number: int, line: str, tool: str, version: str) -> Row:
    tool = tool.removeprefix("core:").removeprefix("asdf:")
    product = TOOLS.get(tool, tool)
    if tag := _TAG.fullmatch(version):
        version = tag[1]
    if _VERSION.fullmatch(version):
        return runtimes.exact(product, version, line=number, source=line)
    if (found := _DISTRIBUTION.fullmatch(version)) and tool in ("java", "ruby"):
        return Entry(number, f"{runtimes.DISTRIBUTIONS.get(found[1], found[1])} {found[2]}", line)
    if release := runtimes.of_codename(product, version, line=number, source=line):
        return release
    if why := _NO_VERSION.get(re.split("[:-]", version, maxsplit=1)[0]):
        return Skipped(number, line, why)
    return Entry(number, f"{tool} {version}", line)
