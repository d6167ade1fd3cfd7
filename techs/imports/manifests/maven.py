"""Read pom.xml: the parent, Java, dependencies and plugins, with the properties of the file filled in."""

import re
from collections.abc import Iterator, Mapping

from techs.imports.manifests import entries, ranges, runtimes, xml_places
from techs.imports.manifests.types import ManifestError, Row, Skipped
from techs.imports.manifests.xml_places import XmlElement

JAVA = ("maven.compiler.release", "java.version", "maven.compiler.target", "maven.compiler.source")
"""Properties with the version of Java, the most certain first."""

_COMPILER = "maven-compiler-plugin"
_PLUGINS = "org.apache.maven.plugins"  # the group where none is given
_DEPENDENCIES: tuple[tuple[str, ...], ...] = (
    ("dependencies", "dependency"),
    ("dependencyManagement", "dependencies", "dependency"),
)
_BUILD_PLUGINS: tuple[tuple[str, ...], ...] = (
    ("build", "plugins", "plugin"),
    ("build", "pluginManagement", "plugins", "plugin"),
)
_VARIABLE = re.compile(r"\$\{([^${}]+)\}")
_MAX_TEXT = 500  # characters, with properties filled in
_MAX_NESTED = 5  # properties in properties

_TRAIN = re.compile(r"[A-Z][a-z]+\.(?:SR[0-9]+|RELEASE|M[0-9]+|RC[0-9]+)")  # releases of Spring Cloud and others
_TOOLS = {
    "nodeVersion": "node",
    "pnpmVersion": "pnpm",
    "yarnVersion": "yarn",
}  # that the frontend-maven-plugin installs

_MANAGED = "The version comes from the parent or from managed dependencies."


def read(text: str) -> Iterator[Row]:
    """Read a POM and its profiles. Raises ManifestError if the root element is another one."""
    project = xml_places.parse(text)
    if project.name != "project":
        raise ManifestError("This is not a pom.xml: its root element must be project.", line=project.line)
    properties = _properties(project)
    if parent := project.first("parent"):
        yield _dependency(parent, properties)
    yield from _java(project, properties)
    for part in (project, *project.all("profiles", "profile")):
        yield from _of_part(part, properties)
    if version := project.text_of("prerequisites", "maven"):
        line = _line(project, "prerequisites", "maven")
        yield entries.runtime_range("Apache Maven", f">={version}", line=line, source=f"<maven>{version}")


def _of_part(part: XmlElement, properties: Mapping[str, str]) -> Iterator[Row]:
    for paths, group in ((_DEPENDENCIES, ""), (_BUILD_PLUGINS, _PLUGINS)):
        for path in paths:
            yield from (_dependency(each, properties, group=group) for each in part.all(*path))
    for plugin in (each for path in _BUILD_PLUGINS for each in part.all(*path)):
        yield from _installed(plugin, properties)


def _installed(plugin: XmlElement, properties: Mapping[str, str]) -> Iterator[Row]:
    """Yield Node.js and its package managers, which a plugin installs to build a web page."""
    for path in (("configuration",), ("executions", "execution", "configuration")):
        for setting in (each for configuration in plugin.all(*path) for each in configuration.children):
            tool, version = _TOOLS.get(setting.name), _filled(setting.text.strip(), properties)
            if tool and version and "${" not in version:
                source = f"<{setting.name}>{setting.text.strip()}"
                yield runtimes.named(tool, version, line=setting.line, source=source)


def _properties(project: XmlElement) -> dict[str, str]:
    values = dict.fromkeys(("project.version", "pom.version"), "")
    for path in (("profiles", "profile"), ()):
        values |= {each.name: each.text.strip() for each in _given(project, path)}
    if version := project.text_of("parent", "version"):
        values.setdefault("project.parent.version", version)
    if group := project.text_of("groupId") or project.text_of("parent", "groupId"):
        values |= {"project.groupId": group, "pom.groupId": group}
    return values


def _given(project: XmlElement, path: tuple[str, ...]) -> Iterator[XmlElement]:
    for part in project.all(*path) if path else (project,):
        for properties in part.all("properties"):
            yield from properties.children


def _java(project: XmlElement, properties: Mapping[str, str]) -> Iterator[Row]:
    found = {each.name: each for path in (("profiles", "profile"), ()) for each in _given(project, path)}
    settings = [found[name] for name in JAVA if name in found]
    for plugin in (each for path in _BUILD_PLUGINS for each in project.all(*path)):
        if plugin.text_of("artifactId") == _COMPILER:
            settings += [each for key in ("release", "target", "source") for each in plugin.all("configuration", key)]
    for setting in settings:
        source, value = f"<{setting.name}>{setting.text.strip()}", _filled(setting.text.strip(), properties)
        if "${" not in value:
            yield runtimes.row("Java", value, line=setting.line, source=source)
            return


def _dependency(element: XmlElement, properties: Mapping[str, str], *, group: str = "") -> Row:
    group = _filled(element.text_of("groupId"), properties) or group
    name = _filled(element.text_of("artifactId"), properties)
    written = element.text_of("version")
    version = _filled(written, properties)
    full = f"{group}/{name}"
    source = f"{full} {written}".rstrip()
    line = _line(element, "version")
    if not group or not name or "${" in full:
        return Skipped(line, source, "A dependency needs a groupId and an artifactId.", is_unread=True)
    if not written:
        return Skipped(line, source, _MANAGED)
    if not version:
        return Skipped(line, source, "A module of this project.")
    if "${" in version:
        return Skipped(line, source, f"The value of {version[:80]} is not in this file.")
    reading = ranges.Reading(version) if _TRAIN.fullmatch(version) else ranges.read(version)
    if reading is None:
        return Skipped(line, source, "This is not a version range.", is_unread=True)
    return entries.package("maven", full, reading, line=line, source=source)


def _filled(written: str, properties: Mapping[str, str]) -> str:
    text = written[:_MAX_TEXT]
    for _ in range(_MAX_NESTED):
        filled = _VARIABLE.sub(lambda found: properties.get(found[1].strip(), found[0]), text)
        if filled == text or len(filled) > _MAX_TEXT:
            return text
        text = filled
    return text


def _line(element: XmlElement, *path: str) -> int:
    found = element.first(*path)
    return found.line if found else element.line
