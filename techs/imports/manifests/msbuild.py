"""Read .NET projects: target frameworks and packages of *.csproj, *.props and packages.config."""

import re
from collections.abc import Iterator, Mapping

from techs.imports.manifests import entries, ranges, xml_places
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped
from techs.imports.manifests.xml_places import XmlElement

_FRAMEWORKS = ("TargetFramework", "TargetFrameworks", "TargetFrameworkVersion")
_PACKAGES = ("PackageReference", "PackageVersion", "GlobalPackageReference", "DotNetCliToolReference")

_CORE = re.compile(r"net(?:coreapp)?([0-9]+\.[0-9]+)(?:-[a-z0-9.]+)?", re.IGNORECASE)
_CORE_WITHOUT_POINT = re.compile(r"net([5-9])0", re.IGNORECASE)
_FULL = re.compile(r"(?:net|v)([1-4])\.?([0-9])(?:\.?([0-9]))?(?:-client|-full)?", re.IGNORECASE)
_STANDARD = re.compile(r"netstandard([0-9.]+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\(([\w.]+)\)")
_MAX_TEXT = 500  # characters, with variables filled in

_NO_VERSION = "The version is in another file. Import Directory.Packages.props, too."
_OTHER = "This is a platform of its own, neither .NET nor .NET Framework."
_PARTS = ((), ("Choose", "When"), ("Choose", "Otherwise"))  # with groups


def read(text: str) -> Iterator[Row]:
    """Read the frameworks and packages of a project, or of a file that projects import."""
    project = xml_places.parse(text)
    if project.name != "Project":
        raise ManifestError("This is not a .NET project: its root element must be Project.", line=project.line)
    properties = _properties(project)
    is_other = properties.get("TargetFrameworkIdentifier", ".NETFramework") != ".NETFramework"
    for group in _groups(project, "PropertyGroup"):
        for each in group.children:
            if each.name in _FRAMEWORKS:
                yield from _frameworks(each, properties, is_other=is_other)
    for group in _groups(project, "ItemGroup"):
        for each in group.children:
            if each.name in _PACKAGES:
                yield _package(each, properties)


def read_packages_config(text: str) -> Iterator[Row]:
    """Read packages.config, and the frameworks that its packages were installed for."""
    root = xml_places.parse(text)
    if root.name != "packages":
        raise ManifestError("This is not a packages.config: its root element must be packages.", line=root.line)
    for each in root.all("package"):
        name, version = each.attributes.get("id", ""), each.attributes.get("version", "")
        if not name or not version:
            yield Skipped(each.line, name or "package", "A package needs an id and a version.", is_unread=True)
            continue
        yield entries.package("nuget", name, version, line=each.line)
        if framework := each.attributes.get("targetFramework"):
            yield _framework(framework, each.line, f"targetFramework: {framework}")


def _groups(project: XmlElement, name: str) -> Iterator[XmlElement]:
    for path in _PARTS:
        yield from project.all(*path, name)


def _properties(project: XmlElement) -> dict[str, str]:
    values: dict[str, str] = {}
    for group in _groups(project, "PropertyGroup"):
        for each in group.children:
            values[each.name] = _filled(each.text.strip(), values)
    return values


def _filled(written: str, properties: Mapping[str, str]) -> str:
    text = _VARIABLE.sub(lambda found: properties.get(found[1], found[0]), written[:_MAX_TEXT])
    return text if len(text) <= _MAX_TEXT else written[:_MAX_TEXT]


def _frameworks(element: XmlElement, properties: Mapping[str, str], *, is_other: bool) -> Iterator[Row]:
    source = f"<{element.name}>{element.text.strip()}"
    if is_other and element.name == "TargetFrameworkVersion":  # of Silverlight, or of the Windows platform
        yield Skipped(element.line, source, _OTHER)
        return
    for framework in _filled(element.text, properties).split(";"):
        if framework.strip():
            yield _framework(framework.strip(), element.line, source)


def _framework(framework: str, line: int, source: str) -> Row:
    if core := _CORE.fullmatch(framework[:100]):
        name = ".NET Core" if float(core[1]) < 5 else ".NET"  # noqa: PLR2004  since 5 it has no other name
        return Entry(line, f"{name} {core[1]}", source)
    if core := _CORE_WITHOUT_POINT.fullmatch(framework):
        return Entry(line, f".NET {core[1]}.0", source)
    if full := _FULL.fullmatch(framework[:100]):
        return Entry(line, f".NET Framework {'.'.join(filter(None, full.groups()))}", source)
    if _STANDARD.fullmatch(framework[:100]):
        return Skipped(line, source, ".NET Standard is a specification, not a runtime.")
    if "$(" in framework:
        return Skipped(line, source, f"The value of {framework[:80]} is not in this file.")
    return Skipped(line, source, _OTHER)


def _package(element: XmlElement, properties: Mapping[str, str]) -> Row:
    names = (element.attributes.get(key, "") for key in ("Include", "Update"))
    name = next(filter(None, names), "").strip()
    versions = (element.attributes.get(key) or element.text_of(key) for key in ("Version", "VersionOverride"))
    version = _filled(next(filter(None, versions), "").strip(), properties)
    source = f"{name} {version}".strip() or element.name
    if not name or "$(" in name:
        return Skipped(element.line, source, "A package needs a name.", is_unread=True)
    if not version:
        return Skipped(element.line, source, _NO_VERSION)
    if "$(" in version:
        return Skipped(element.line, source, f"The value of {version[:80]} is not in this file.")
    reading = ranges.read(version)
    if reading is None:
        return Skipped(element.line, source, "This is not a version range.", is_unread=True)
    return entries.package("nuget", name, reading, line=element.line, source=source)
