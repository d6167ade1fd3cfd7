"""The .tool-versions of asdf and mise."""

import pytest

from techs.imports.manifests import Evidence, Format
from tests.support.manifests import covered, entries, reading, skipped

TOOLS = """\
    # runtimes
    nodejs 20.5.1   # LTS
    python 3.11.4 3.10.12 system
    golang v1.21
    core:terraform 1.5.0

    java temurin-17.0.9+9
    java corretto-8.382.05.1
    ruby jruby-9.4.2.0
    elixir 1.15.7-otp-26
    helm latest
    rust ref:abc123
    perl
    python pypy3.9-7.3.11
    """


def test_it_works() -> None:
    manifest = reading(".tool-versions", TOOLS)
    assert (manifest.format, manifest.evidence) == (Format.TOOL_VERSIONS, Evidence.NAME)
    assert entries(manifest) == [
        (2, "Node.js 20.5.1"),
        (3, "Python 3.11.4"),
        (3, "Python 3.10.12"),
        (4, "Go v1.21"),
        (5, "Terraform 1.5.0"),
        (7, "Eclipse Temurin 17.0.9+9"),
        (8, "Amazon Corretto 8.382.05.1"),
        (9, "JRuby 9.4.2.0"),
        (10, "elixir 1.15.7-otp-26"),
        (14, "python pypy3.9-7.3.11"),
    ]
    assert skipped(manifest) == [
        (3, "The version on the machine, not a specific one."),
        (11, "The latest version, not a specific one."),
        (12, "A source revision, not a version."),
        (13, "perl has no version."),
    ]
    assert covered(manifest) == {2, 3, 4, 5, *range(7, 15)}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("elixir ref:v1.14.5", "elixir v1.14.5"),
        ("dotnet-core 6.0.302", ".NET 6.0"),
        ("java 1.8", "java 1.8"),
        ("nodejs lts-hydrogen", "Node.js 18"),
        ("python 3.13.1t", "Python 3.13.1"),
    ],
)
def test_versions_that_are_written_differently(line: str, expected: str) -> None:
    assert entries(reading(".tool-versions", line)) == [(1, expected)]


def test_without_its_name_it_is_read_as_lines() -> None:
    assert entries(reading("", "nodejs 20.5.1\nruby 3.2\n")) == [(1, "nodejs 20.5.1"), (2, "ruby 3.2")]


@pytest.mark.parametrize("version", ["stable", "nightly", "beta", "lts-iron", "lts", "latest:20"])
def test_channels_are_no_versions(version: str) -> None:
    manifest = reading(".tool-versions", f"rust {version}\n")
    assert not manifest.entries
    assert manifest.skipped[0].line == 1
