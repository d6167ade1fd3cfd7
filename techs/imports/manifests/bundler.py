"""Read Gemfile and Gemfile.lock of Ruby."""

import re
from collections.abc import Iterator

from techs.imports.manifests import entries, runtimes
from techs.imports.manifests.types import ManifestError, Row, Skipped

_QUOTED = r"""["']([^"'\n]*)["']"""
_GEM = re.compile(rf"\s*gem[ \t(]+{_QUOTED}(.*)")
_RUBY = re.compile(r"\s*ruby[ \t(]+(?:([\"'].*)|(file:).*|([A-Za-z_].*))")
_ENGINE = re.compile(rf"\bengine(?::|\s*=>)\s*{_QUOTED}.*\bengine_version(?::|\s*=>)\s*{_QUOTED}")
_REQUIREMENT = re.compile(rf"\A\s*,\s*{_QUOTED}(?!\s*=>)")
_FROM_SOURCE = re.compile(r"\b(?:git|github|gist|bitbucket)(?::|['\"]?\s*=>)")
_LOCAL = re.compile(r"\bpath(?::|['\"]?\s*=>)")
_PIN = re.compile(r"=?\s*v?([0-9][\w.-]*)")

_ENGINES = {"jruby": "JRuby", "ruby": "Ruby", "truffleruby": "TruffleRuby"}
_SPEC = re.compile(r"    ([^\s(]+) \(([^()]+)\)")
_LOCKED_RUBY = re.compile(r"   (ruby|jruby|truffleruby) ([0-9][\w.]*?)(?:p[0-9-]+)?(?: \(.*\))?")
_PLATFORM = re.compile(r"-(?:x86|x64|arm|aarch64|java|jruby|mswin|mingw|darwin|linux|universal|ruby).*")
_SECTIONS = frozenset(
    {
        *("GEM", "GIT", "PATH", "PLUGIN SOURCE", "PLATFORMS", "DEPENDENCIES", "CHECKSUMS"),
        *("RUBY VERSION", "BUNDLED WITH"),
    }
)


def read(text: str) -> Iterator[Row]:
    """Read Ruby and the gems of a Gemfile line by line: it is a program, so only literal versions are read."""
    for number, line in enumerate(text.split("\n"), start=1):
        code = line[:1_000].split(" #", 1)[0]
        if gem := _GEM.fullmatch(code):
            yield _gem(gem[1], gem[2], number, line)
        elif ruby := _RUBY.fullmatch(code):
            yield _ruby(ruby, number, line)


def _gem(name: str, rest: str, line: int, source: str) -> Row:
    versions, rest = _requirements(rest)
    if _LOCAL.search(rest):
        return Skipped(line, source, "A local folder.")
    if not versions and _FROM_SOURCE.search(rest):
        return entries.package("gem", name, entries.FROM_SOURCE, line=line, source=source)
    if len(versions) == 1 and (pin := _PIN.fullmatch(versions[0])):
        return entries.package("gem", name, pin[1], line=line, source=source)
    return entries.constrained("gem", name, ", ".join(versions), line=line, source=source)


def _ruby(found: re.Match[str], line: int, source: str) -> Row:
    if found[2]:
        return Skipped(line, source, "The version is in another file. Import it, too.")
    if found[3]:
        return Skipped(line, source, "The version is not in this file.")
    if engine := _ENGINE.search(found[1]):
        return runtimes.row(_ENGINES.get(engine[1], engine[1]), engine[2], line=line, source=source)
    versions, _ = _requirements(f", {found[1]}")
    if not versions:
        return Skipped(line, source, "The version is not in this file.")
    if len(versions) == 1 and (pin := _PIN.fullmatch(versions[0])):
        return runtimes.row("Ruby", pin[1], line=line, source=source)
    return entries.runtime_range("Ruby", ", ".join(versions), line=line, source=source)


def _requirements(rest: str) -> tuple[list[str], str]:
    """Return the quoted versions at the beginning, and the rest of the line."""
    versions = []
    while found := _REQUIREMENT.match(rest):
        versions.append(found[1].strip())
        rest = rest[found.end() :]
    return versions, rest


def read_lock(text: str) -> Iterator[Row]:
    """Read every installed gem, and Ruby. Raises ManifestError for lines that no Gemfile.lock has."""
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if not line[0].isspace():
            section = _section(line.strip(), number)
        elif section in ("GEM", "GIT", "PATH") and (spec := _SPEC.fullmatch(line[:500])):
            yield _locked(section, spec, number)
        elif section == "RUBY VERSION" and (ruby := _LOCKED_RUBY.fullmatch(line[:200])):
            yield runtimes.row(_ENGINES[ruby[1]], ruby[2], line=number, source=line)


def _section(name: str, line: int) -> str:
    if name not in _SECTIONS:
        raise ManifestError(f"This is not a Gemfile.lock: {name[:30]} is none of its sections.", line=line)
    return name


def _locked(section: str, spec: re.Match[str], line: int) -> Row:
    source = spec[0].strip()
    if section == "PATH":
        return Skipped(line, source, "A local folder.")
    return entries.package("gem", spec[1], _PLATFORM.sub("", spec[2]), line=line, source=source)
