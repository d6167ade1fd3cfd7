"""XML: .NET projects, packages.config, pom.xml and CycloneDX, and what is refused."""

import pytest

from techs.imports.manifests import Evidence, Format
from tests.support.manifests import entries, reading, refusal, skipped

BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
    "<project>&b;</project>"
)
OUTSIDE = '<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<project>&a;</project>'


def texts(name: str, text: str) -> list[str]:
    return [entry for _, entry in entries(reading(name, text))]


@pytest.mark.parametrize("name", ["pom.xml", "a.csproj", "packages.config", "bom.xml"])
@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
def test_entities_are_refused(name: str, text: str) -> None:
    assert "defines entities" in str(refusal(name, text))


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("pom.xml", "<project>\n<a></project>", 2),
        ("pom.xml", "<projects/>", 1),
        ("a.csproj", "<project/>", 1),
        ("packages.config", "<configuration/>", 1),
        ("bom.xml", "<project/>", 1),
        ("pom.xml", "hello", 1),
        ("pom.xml", "<project>" + "<a>" * 200, 1),
    ],
)
def test_a_broken_file_is_named_by_its_line(name: str, text: str, line: int) -> None:
    error = refusal(name, text)
    assert error.line == line
    assert str(error).endswith(".")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<project><properties><java.version>17</java.version></properties></project>", Format.POM),
        ('<?xml version="1.0"?>\n<!-- ours -->\n<project/>', Format.POM),
        ('<Project Sdk="Microsoft.NET.Sdk"/>', Format.MSBUILD),
        ('<bom xmlns="http://cyclonedx.org/schema/bom/1.5"/>', Format.CYCLONEDX),
        ("<packages/>", Format.PACKAGES_CONFIG),
    ],
)
def test_pasted_xml_is_recognised_by_its_root(text: str, expected: Format) -> None:
    manifest = reading("", text)
    assert (manifest.format, manifest.evidence) == (expected, Evidence.CONTENT)


@pytest.mark.parametrize(
    ("framework", "expected"),
    [
        ("net8.0", [".NET 8.0"]),
        ("net6.0-windows10.0.19041.0", [".NET 6.0"]),
        ("netcoreapp2.1", [".NET Core 2.1"]),
        ("net48", [".NET Framework 4.8"]),
        ("net481", [".NET Framework 4.8.1"]),
        ("net35;net5.0", [".NET Framework 3.5", ".NET 5.0"]),
        ("netstandard2.0", []),
        ("$(Elsewhere)", []),
        ("uap10.0", []),
        ("net50;net40-client;xamarin.ios10", [".NET 5.0", ".NET Framework 4.0"]),
    ],
)
def test_frameworks(framework: str, expected: list[str]) -> None:
    group = f"<PropertyGroup><TargetFrameworks>{framework}</TargetFrameworks></PropertyGroup>"
    assert texts("a.csproj", f"<Project>{group}</Project>") == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.2.3", "A 1.2.3"), ("[1.2.3]", "A 1.2.3"), ("[1.0,2.0)", "A [1.0,2.0)"), ("1.*", "A 1.*"), ("$(V)", "A 7.1")],
)
def test_versions_of_nuget(version: str, expected: str) -> None:
    properties = "<PropertyGroup><V>7.1</V></PropertyGroup>"
    reference = f'<ItemGroup><PackageReference Include="A" Version="{version}"/></ItemGroup>'
    assert texts("a.csproj", f"<Project>{properties}{reference}</Project>") == [expected]


def pom(inner: str) -> str:
    return f"<project>{inner}</project>"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("<TargetFrameworkVersion>v4.7.2</TargetFrameworkVersion>", [".NET Framework 4.7.2"]),
        ("<TargetFrameworkVersion>v9.0</TargetFrameworkVersion>", []),  # of Android
        (
            (
                "<TargetFrameworkIdentifier>Silverlight</TargetFrameworkIdentifier>"
                "<TargetFrameworkVersion>v4.0</TargetFrameworkVersion>"
            ),
            [],
        ),
    ],
)
def test_frameworks_of_old_projects(properties: str, expected: list[str]) -> None:
    group = f"<PropertyGroup>{properties}</PropertyGroup>"
    assert texts("a.csproj", f"<Project>{group}</Project>") == expected
    assert texts("a.csproj", f"<Project><Choose><When>{group}</When></Choose></Project>") == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<properties><maven.compiler.source>1.8</maven.compiler.source></properties>", ["Java 8"]),
        ("<properties><java.version>17</java.version><x>1</x></properties>", ["Java 17"]),
        ("<properties><r>11</r><maven.compiler.release>${r}</maven.compiler.release></properties>", ["Java 11"]),
        ("<properties><java.version>${elsewhere}</java.version></properties>", []),
        ("<prerequisites><maven>3.0</maven></prerequisites>", ["Apache Maven >=3.0"]),
        (
            (
                "<parent><groupId>g</groupId><artifactId>p</artifactId><version>${v}</version></parent><dependencies>"
                "<dependency><groupId>${project.groupId}</groupId><artifactId>a</artifactId><version>1</version>"
                "</dependency></dependencies>"
            ),
            ["g/a 1"],
        ),
        (
            (
                "<profiles><profile><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId>"
                "<version>1</version></dependency></dependencies></profile></profiles>"
            ),
            ["g/a 1"],
        ),
        (
            (
                "<build><plugins><plugin><artifactId>maven-compiler-plugin</artifactId>"
                "<configuration><source>1.7</source></configuration></plugin></plugins></build>"
            ),
            ["Java 7"],
        ),
        (
            (
                "<properties><n>v14.17.0</n></properties><build><plugins><plugin><groupId>g</groupId>"
                "<artifactId>a</artifactId><version>RELEASE</version><executions><execution><configuration>"
                "<nodeVersion>${n}</nodeVersion></configuration></execution></executions></plugin></plugins></build>"
            ),
            ["g/a", "Node.js 14.17.0"],
        ),
    ],
)
def test_poms(inner: str, expected: list[str]) -> None:
    assert texts("pom.xml", pom(inner)) == expected


def test_properties_that_name_each_other_end() -> None:
    inner = "<properties><a>${b}${b}</a><b>${a}${a}</b><java.version>${a}</java.version></properties>"
    assert texts("pom.xml", pom(inner)) == []


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("", "The version comes from the parent or from managed dependencies."),
        ("<version>${project.version}</version>", "A module of this project."),
        ("<version>${x}</version>", "The value of ${x} is not in this file."),
        ("<version>newest</version>", "This is not a version range."),
    ],
)
def test_dependencies_without_a_version(version: str, why: str) -> None:
    inner = f"<dependency><groupId>g</groupId><artifactId>a</artifactId>{version}</dependency>"
    assert skipped(reading("pom.xml", pom(f"<dependencies>{inner}</dependencies>"))) == [(1, why)]
