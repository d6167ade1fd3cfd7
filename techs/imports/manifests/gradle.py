"""Read Gradle builds: dependencies, plugins and Java of build.gradle(.kts), version catalogues, and wrappers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from techs.imports.manifests import entries, ranges, runtimes, toml_places
from techs.imports.manifests.content import line_at
from techs.imports.manifests.ranges import Reading
from techs.imports.manifests.toml_places import Places
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

PLUGINS = {
    "groovy": "org.apache.groovy/groovy",
    "io.quarkus": "io.quarkus/quarkus-core",
    "org.springframework.boot": "org.springframework.boot/spring-boot",
}
"""Plugins with the versions of a package, by id."""

_KOTLIN = "org.jetbrains.kotlin"
_STDLIB = "org.jetbrains.kotlin/kotlin-stdlib"
_MAX_LINE = 2_000  # characters

# Strings come first, so that // in an address begins no comment. An open string ends with its line.
_COMMENT = re.compile(
    r"""("(?:[^"\\\n]++|\\.)*+(?:"|\\?$)|'(?:[^'\\\n]++|\\.)*+(?:'|\\?$))|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)""",
    re.MULTILINE,
)
_VARIABLE = re.compile(r"""(?:^|[\s,;{(])(?:ext\.|extra\[")?([A-Za-z_][\w.]*)(?:"\])?\s*=\s*["']([^"'\n]{1,100})["']""")
_PAIR = re.compile(r"""["']?\b([A-Za-z_]\w*)["']?\s*:\s*["']([0-9][^"'\n]{0,99})["']""")  # of a map: versions.spring
_MODULE = re.compile(r"""["']([A-Za-z][\w.-]*):([A-Za-z][\w.${}-]*):([^"':@\s]+)(?:[:@][^"'\s]*)?["']""")
_MAP = re.compile(
    r"""group\s*[:=]\s*["']([^"']+)["']\s*,\s*name\s*[:=]\s*["']([^"']+)["']\s*,\s*version\s*[:=]\s*["']?([^"',)\s]+)"""
)
_PLUGIN = re.compile(r"""\bid\s*\(?\s*["']([^"']+)["']\s*\)?\s*\.?version\s*\(?\s*["']([^"']+)["']""")
_KOTLIN_PLUGIN = re.compile(r"""\bkotlin\s*\(\s*["'][\w.-]+["']\s*\)\s*version\s*\(?\s*["']([^"']+)["']""")
# Not the languageVersion of Kotlin, which looks like a Java of its time.
_JAVA = re.compile(
    r"""(?:(?:source|target)Compatibility[\s=]*(?:JavaVersion\.VERSION_)?|jvmTarget\s*(?:=|\.set\()\s*"""
    r"""|JavaLanguageVersion\.of\(\s*|JvmTarget\.JVM_|jvmToolchain\s*\(\s*|options\.release\s*(?:=|\.set\()\s*)"""
    r"""["']?([0-9]+(?:[._][0-9]+)?)\b"""
)
_WRAPPER = re.compile(r"""\bgradleVersion\s*=\s*["']([0-9][\w.-]*)["']""")
_PROPERTY = re.compile(r"""\$\{\s*(?:property|(?:rootProject\.|project\.)*extra)\s*[(\[]\s*"([\w.]+)"\s*[)\]]\s*\}""")
_NODE = re.compile(r"^\s*node\s*\{[^{}]*?\bversion\s*(?:=|\.set\()\s*[\"']([0-9][\w.]*)[\"']", re.MULTILINE)
_USED = re.compile(r"\$\{?([\w.]+)\}?")
_REFERENCE = re.compile(r"(?:rootProject\.|project\.|ext\.|extra\.)+")
_DISTRIBUTION = re.compile(r"/(gradle|apache-maven)-([0-9][\w.+-]*?)(?:-(?:bin|all|src))?\.zip")
_TOOLS = {"apache-maven": "Apache Maven", "gradle": "Gradle"}
_SETTING = re.compile(r"\s*distributionUrl\s*[=:]\s*(\S.*)")

_NOT_HERE = "The value of {} is not in this file."
_NO_RANGE = "This is not a version range."


def read(text: str) -> Iterator[Row]:
    """Read build.gradle and build.gradle.kts line by line: they are programs, so only literal versions are read."""
    code = _PROPERTY.sub(r"${\1}", _COMMENT.sub(_without_comment, text))
    lines = code.split("\n")
    variables = {name: value for line in lines for name, value in _PAIR.findall(line[:_MAX_LINE])}
    variables |= {name: value for line in lines for name, value in _VARIABLE.findall(line[:_MAX_LINE])}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield from _line(line[:_MAX_LINE], number, variables)
    for node in _NODE.finditer(code):
        source = f"node version {node[1]}"
        yield runtimes.named("node", node[1], line=line_at(code, node.start(1)), source=source)


def _without_comment(found: re.Match[str]) -> str:
    return found[1] or "\n" * found[0].count("\n")


def _line(line: str, number: int, variables: Mapping[str, str]) -> Iterator[Row]:
    for group, name, version in (*_MODULE.findall(line), *_MAP.findall(line)):
        yield _module(group, name, _filled(version, variables), number)
    for plugin, version in _PLUGIN.findall(line):
        yield _plugin(plugin, _filled(version, variables), number)
    for version in _KOTLIN_PLUGIN.findall(line):
        yield _plugin(_KOTLIN, _filled(version, variables), number)
    if java := _JAVA.search(line):
        yield runtimes.row("Java", java[1].replace("_", "."), line=number, source=line)
    if wrapper := _WRAPPER.search(line):
        yield Entry(number, f"Gradle {wrapper[1]}", line)


def _filled(version: str, variables: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = _REFERENCE.sub("", found[1])
        return variables.get(name) or variables.get(name.rpartition(".")[2], found[0])

    return _USED.sub(value, version)


def _module(group: str, name: str, version: str, line: int) -> Row:
    source = f"{group}:{name}:{version}"
    if "$" in f"{name}{version}":
        return Skipped(line, source, _NOT_HERE.format(f"{name}:{version}"[:80]))
    reading = ranges.read(version)
    if reading is None:
        return Skipped(line, source, _NO_RANGE, is_unread=True)
    return entries.package("maven", f"{group}/{name}", reading, line=line, source=source)


def _plugin(plugin: str, version: str, line: int) -> Row:
    source = f"{plugin} {version}"
    if "$" in version:
        return Skipped(line, source, _NOT_HERE.format(version[:80]))
    reading = ranges.read(version) or Reading("", f"{version[:60]} is not a version")
    if plugin == _KOTLIN or plugin.startswith(f"{_KOTLIN}."):
        return entries.package("maven", _STDLIB, reading, line=line, source=source)
    if name := PLUGINS.get(plugin):
        return entries.package("maven", name, reading, line=line, source=source)
    text = f"plugin {plugin} {reading.version}".rstrip()
    purls = entries.purls("maven", f"{plugin}/{plugin}.gradle.plugin")
    return Entry(line, text, source, reading.note, identifiers=purls)


def read_catalogue(text: str) -> Iterator[Row]:
    """Read libraries and plugins of gradle/libs.versions.toml, with the versions they refer to."""
    document, places = toml_places.parse(text)
    versions = {name: _version(given, {}) for name, given in _table(document, places, "versions").items()}
    line = places.header("versions")
    for name, version in versions.items():
        line = places.take(name, after=line)
        if name.casefold() in ("java", "jdk", "jvm", "jvmtarget", "jvm-target", "java-version") and version:
            yield runtimes.row("Java", version, line=line, source=f'{name} = "{version}"')
    for table, read_one in (("libraries", _library), ("plugins", _catalogue_plugin)):
        line = places.header(table)
        for name, given in _table(document, places, table).items():
            line = places.take(name, after=line)
            yield read_one(name, given, versions, line)


def _table(document: Mapping[str, Any], places: Places, name: str) -> dict[str, Any]:
    found = document.get(name, {})
    if not isinstance(found, dict):
        raise ManifestError(f"{name} must be a table.", line=places.take(name))
    return found


def _version(given: Any, versions: Mapping[str, str]) -> str:
    if isinstance(given, dict):
        if isinstance(reference := given.get("ref"), str):
            return versions.get(reference, "")
        given = next((given[key] for key in ("prefer", "strictly", "require") if key in given), "")
    return given if isinstance(given, str) else ""


def _library(name: str, given: Any, versions: Mapping[str, str], line: int) -> Row:
    table = given if isinstance(given, dict) else {}
    module = table.get("module") or f"{table.get('group', '')}:{table.get('name', '')}"
    version = _version(table.get("version"), versions)
    if isinstance(given, str):
        module, _, version = given.rpartition(":")
    group, _, artifact = str(module).partition(":")
    if not group or not artifact:
        return Skipped(line, name, "A library needs a group and a name.", is_unread=True)
    if not version:
        return Skipped(line, str(module), "The version comes from a platform, or from another file.")
    return _module(group, artifact, version, line)


def _catalogue_plugin(name: str, given: Any, versions: Mapping[str, str], line: int) -> Row:
    if isinstance(given, str):
        plugin, _, version = given.partition(":")
    else:
        plugin, version = "", ""
    if isinstance(given, dict):
        plugin, version = str(given.get("id", "")), _version(given.get("version"), versions)
    if not plugin or not version:
        return Skipped(line, name, "A plugin needs an id and a version.")
    return _plugin(plugin, version, line)


def read_wrapper(text: str) -> Iterator[Row]:
    """Read gradle-wrapper.properties, and maven-wrapper.properties, which is like it."""
    for number, line in enumerate(text.split("\n"), start=1):
        setting = _SETTING.match(line[:_MAX_LINE])
        if not setting:
            continue
        if found := _DISTRIBUTION.search(setting[1]):
            yield Entry(number, f"{_TOOLS[found[1]]} {found[2]}", line)
        else:
            yield Skipped(number, line, "This address names no version.", is_unread=True)
