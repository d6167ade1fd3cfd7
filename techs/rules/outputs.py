"""Read outputs of commands that have several lines, such as those of `java -version` and `docker version`. Pure.

Their further lines are not technologies of their own: Zend Engine v4.1 came with PHP 8.1.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from techs.rules import banners, java_outputs, os_release
from techs.rules.text import MAX_NORMALISED, MAX_TEXT

MAX_LINES = 120  # of an output
_LONGEST_LINE = 1_000  # characters looked at
_LONGEST_TEXT = 4_000  # characters of an output looked at
_LONGEST = 8_000  # characters of a document, such as that of `kubectl version --output=json`

_Names = Callable[[str], Iterator[str]]


@dataclass(frozen=True, slots=True)
class _Output:
    """An output by its first line and all further ones, and the technologies in these lines, joined by spaces."""

    first: re.Pattern[str]
    further: re.Pattern[str]
    names: _Names


def _output(first: str, further: str, names: _Names) -> _Output:
    return _Output(re.compile(first, re.IGNORECASE), re.compile(further, re.IGNORECASE), names)


def _found(*templates: tuple[str, str]) -> _Names:
    """Return the names that patterns find anywhere in the lines."""
    patterns = tuple((re.compile(pattern, re.IGNORECASE), template) for pattern, template in templates)

    def names(text: str) -> Iterator[str]:
        yield from (found.expand(template) for pattern, template in patterns if (found := pattern.search(text)))

    return names


def _java(text: str) -> Iterator[str]:
    yield java_outputs.reword(text) or re.split(r" (?:OpenJDK|Java\(TM\)) ", text, maxsplit=1)[0]


def _maven(text: str) -> Iterator[str]:
    yield from _found((r"^Apache Maven [0-9]\S*", r"\g<0>"), (r"Java version: \S+ vendor: [^,]+", r"\g<0>"))(text)


def _docker(text: str) -> Iterator[str]:
    server = [*_found((r"Server:.*? Engine: Version: (\S+)", r"Docker Engine \1"))(text)]
    yield from server or _found((r"^Client:.*? Version: (\S+)", r"Docker Engine \1"))(text)
    yield from _found((r"containerd: Version: v?([0-9]\S*)", r"containerd \1"))(text)


def _kubernetes(text: str) -> Iterator[str]:
    """Yield the server; the client's number says nothing about the cluster."""
    if found := re.search(
        r"\"?server ?Version\"?: ?(?:.*?\"?gitVersion\"?: ?)?\"?(v1\.[0-9]+\.[^\s\",]+)", text, re.IGNORECASE
    ):
        yield banners.reword(f"Server Version: {found[1]}") or ""


def _system(text: str) -> Iterator[str]:
    yield os_release.name_in(text)


def _database(text: str) -> Iterator[str]:
    found = re.search(r"\| v?([0-9]+\.[0-9.]+)(-MariaDB)?", text)
    if found:
        yield f"{'MariaDB' if found[2] else 'MySQL'} {found[1]}"


_DOCKER_KEYS = (
    r"Client|Server|Engine|containerd|runc|docker-init|(?:API |Go |Package )?Version|Git ?commit|Built|OS/Arch|Context"
    r"|Experimental|Cloud integration|Default Orchestrator|docker|Podman Engine"
)
_LSB_KEYS = r"LSB Version|Distributor ID|Description|Release|Codename"
_HOST_KEYS = (
    r"Static hostname|Transient hostname|Pretty hostname|Icon name|Chassis|Deployment|Location|Machine ID|Boot ID"
    r"|Virtualization|Operating System|CPE OS Name|OS Support \w+|Kernel|Architecture|Hardware \w+|Firmware \w+"
)
_OUTPUTS = (
    _output(
        r"(?:openjdk|java) (?:version \".*|[0-9]\S* [0-9]{4}-[0-9]{2}-[0-9]{2}.*)",
        r"(?:openjdk|java|eclipse|ibm|jre|jcl|omr|openj9)\b.*(?:\(build .*|VM.*)|(?:omr|jcl|openj9|jre) .*- .*",
        _java,
    ),
    _output(
        r"PHP [0-9]\S* \([\w-]+\).*",
        r"(?:Copyright \(c\)|Zend Engine v|with |Built by |Additional ).*",
        _found((r"^PHP [0-9]\S*", r"\g<0>")),
    ),
    _output(
        r"nginx version: .*",
        r"(?:built (?:by|with) |TLS SNI |configure arguments:).*",
        _found((r"^nginx version: (?:\w+/)?([0-9.]+)", r"nginx \1")),
    ),
    _output(
        r"Server version: Apache/.*",
        r"(?:Server(?: built|'s Module| loaded| MPM| compiled)|Compiled using|Architecture:|threaded:|forked:|-D ).*",
        _found((r"^Server version: Apache/([0-9.]+)", r"Apache HTTP Server \1")),
    ),
    _output(
        r"(?:Using CATALINA_BASE|Server version): .*",
        r"(?:Using \w+|Server (?:version|built|number)|OS (?:Name|Version)|Architecture|JVM (?:Version|Vendor)):.*",
        _found((r"Server version: Apache Tomcat/([0-9.]+)", r"Apache Tomcat \1")),
    ),
    _output(
        r"(?:C?Python )?Python [0-9]\S* \(.*",
        r"(?:\[.*\] on \w+|Type \"help\".*|>>>.*)",
        _found((r"Python [0-9]\S*", r"\g<0>")),
    ),
    _output(r"Apache Maven [0-9].*", r"(?:Maven home|Java (?:version|home)|Default locale|OS name): .*", _maven),
    _output(
        r"-{10,}",
        r"-{10,}|Gradle [0-9].*"
        r"|(?:Build (?:time|number)|Revision|Kotlin(?: DSL)?|Groovy|Ant|OS|(?:\w+ )?JVM): .*",
        _found((r"Gradle ([0-9]\S*)", r"Gradle \1")),
    ),
    _output(
        r"Terraform v[0-9]\S*",
        r"(?:on \w+|\+ provider .*|Your version of Terraform .*|is [0-9.]+\. .*|You can update .*)",
        _found((r"^Terraform v[0-9]\S*", r"\g<0>")),
    ),
    _output(
        r"Microsoft SQL Server 20.*",
        r"(?:[A-Z][a-z]{2} +[0-9]{1,2} [0-9]{4} .*|Copyright .*|.* Edition.* on .*)",
        _found((r"^Microsoft SQL Server .*? - [0-9.]+", r"\g<0>")),
    ),
    _output(
        r"(?:ffmpeg|ffprobe) version .*",
        r"(?:built with|configuration:|lib[a-z]+ ).*",
        _found((r"version n?([0-9][\w.]*)", r"FFmpeg \1")),
    ),
    _output(
        r"psql \(.*",
        r"(?:Type \"help\"|SSL connection|WARNING: psql|Some psql).*",
        _found(
            (r"server ([0-9.]+)", r"PostgreSQL \1"),
            (r"^psql \((?!.*server )(?:PostgreSQL\) )?([0-9.]+)", r"PostgreSQL \1"),
        ),
    ),
    _output(r"(?:NAME|PRETTY_NAME|VERSION|VERSION_ID|ID|DISTRIB_ID)=.*", r"[A-Z_0-9]+=.*", _system),
    _output(rf"No LSB modules.*|(?:{_LSB_KEYS}): .*", rf"(?:{_LSB_KEYS}): .*", _system),
    _output(r"ProductName: .*", r"(?:ProductVersion|ProductVersionExtra|BuildVersion): .*", _system),
    _output(r"Static hostname: .*", rf"(?:{_HOST_KEYS}): .*", _system),
    _output(r"Client:.*", rf"(?:{_DOCKER_KEYS}):.*", _docker),
    _output(
        r"\.NET (?:Core )?SDK.*:",
        r"(?:Version|Commit|Workload version|MSBuild version|OS (?:Name|Version|Platform)|RID|Base Path|Architecture"
        r"|Runtime Environment|Host.*|\.NET .* installed|Environment variables|global\.json file|Learn more"
        r"|Download \.NET):.*|(?:[0-9.]+|Microsoft\.\S+ [0-9.]+\S*) \[.*\]|Not (?:set|found)|https?://\S+"
        r"|There are no .*",
        _found((r"^\.NET (?:Core )?SDK.*?: Version: ([0-9.]+)", r".NET \1")),
    ),
    _output(r"(?:Client|Server) Version: .*", r"(?:(?:Kustomize|Server|Client) Version|WARNING): .*", _kubernetes),
    _output(
        r"Cisco IOS XE Software, Version .*",
        r"(?:Cisco IOS Software|Technical Support:|Copyright|Compiled|Cisco IOS-XE software|All rights) .*",
        _found((r"Version 0*([0-9]+)\.0*([0-9]+)\.", r"Cisco IOS XE \1.\2")),
    ),
    _output(
        r"(?:(?:mysql|MariaDB \[.*\])> )?select .*version.*",
        r"\+-+\+|\|.*\||[0-9]+ rows? in set.*",
        _database,
    ),
)
_BEGINS = re.compile("|".join(f"(?:{output.first.pattern})" for output in _OUTPUTS), re.IGNORECASE)
_DOCUMENTS = (
    (re.compile(r"\{ ?\"name\" ?: .*\"cluster_name\" ?: .*\}"), lambda text: iter([banners.reword(text) or ""])),
    (
        re.compile(r"\{ ?\"terraform_version\" ?: .*\}"),
        _found((r"\"terraform_version\" ?: ?\"([0-9.]+)", r"Terraform \1")),
    ),
    (re.compile(r"\{? ?\"?clientVersion\"?: ?.*"), _kubernetes),
)
"""Outputs in JSON and YAML, which are read as a whole."""
_ASKS = re.compile(
    r"(\S*[$#>%] ?)?(?:sudo )?(?:\S*/)?([a-z][\w.+-]*)(?: [a-z][\w.]*)? (?:--?version|-[vV]{1,2}|version)(?: 2>&1)?",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"v?[0-9]+(?:\.[0-9]+)+\S*")


def read(lines: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Return the technologies of the output that these lines begin with, and the number of its lines.

    Without technologies, the number of lines in which no output begins: at least the first one.
    """
    asked = _ASKS.fullmatch(_spaced(lines[0])) if len(lines) > 1 else None
    if not asked:
        return _of_lines(lines)
    if _ANSWER.fullmatch(answer := _spaced(lines[1])):
        return (f"{asked[2]} {answer}",), 2
    names, size = _of_lines(lines[1:])
    if names:
        return names, size + 1
    is_answered = asked[1] and answer and not _ASKS.fullmatch(answer)
    return ((answer[:MAX_TEXT],), 2) if is_answered else ((), 1)


def technologies(text: str) -> tuple[str, ...]:
    """Return the technologies of a text that is one output, or one document, and nothing else; else none."""
    if len(text) > _LONGEST:
        return ()
    lines = text.strip().split("\n")
    names, size = read(lines) if 1 < len(lines) <= MAX_LINES else ((), 0)
    return names if size == len(lines) else _of_document(" ".join(text.split()))


def in_one_line(text: str) -> str:
    """Return name and version of an output whose lines became one, and too long for a name; "" for other texts."""
    if not MAX_TEXT < len(text) <= MAX_NORMALISED:
        return ""
    document = next(iter(_of_document(text)), "")
    found = document or java_outputs.reword(text) or banners.reword(text) or os_release.name_in(text)
    return found if found and len(found) <= MAX_TEXT else ""


def _of_lines(lines: Sequence[str]) -> tuple[tuple[str, ...], int]:
    first = _spaced(lines[0])
    begins = _BEGINS.fullmatch(first)
    output = next((output for output in _OUTPUTS if output.first.fullmatch(first)), None) if begins else None
    size = _size(lines, output) if output else 1
    text = " ".join(map(_spaced, lines[:size])) if size > 1 else ""
    names = output.names(text[:_LONGEST_TEXT]) if output and text else ()
    return tuple(name for name in names if name and len(name) <= MAX_TEXT), size


def _size(lines: Sequence[str], output: _Output) -> int:
    """Count the lines of an output, with blank ones between them."""
    size = 1
    for number, line in enumerate(lines[1:MAX_LINES], start=2):
        if not line.strip():
            continue
        if not output.further.fullmatch(_spaced(line)):
            break
        size = number
    return size


def _of_document(text: str) -> tuple[str, ...]:
    names = next((names for pattern, names in _DOCUMENTS if pattern.fullmatch(text)), None)
    return tuple(filter(None, names(text))) if names else ()


def _spaced(line: str) -> str:
    return " ".join(line[:_LONGEST_LINE].split())
