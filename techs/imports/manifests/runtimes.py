"""Name runtimes and tools as products, with the versions that version managers and CI services understand."""

import re
from collections.abc import Mapping

from techs.imports.manifests import ranges
from techs.imports.manifests.types import Entry, Row, Skipped

PRODUCTS = {
    "bun": "Bun",
    "deno": "Deno",
    "dotnet": ".NET",
    "elixir": "Elixir",
    "erlang": "Erlang",
    "flutter": "Flutter",
    "gleam": "Gleam",
    "go": "Go",
    "golang": "Go",
    "gradle": "Gradle",
    "java": "Java",
    "julia": "Julia",
    "kotlin": "Kotlin",
    "maven": "Apache Maven",
    "mariadb": "MariaDB",
    "mongodb": "MongoDB",
    "mysql": "MySQL",
    "node": "Node.js",
    "nodejs": "Node.js",
    "opentofu": "OpenTofu",
    "otp": "Erlang",
    "perl": "Perl",
    "php": "PHP",
    "pnpm": "pnpm",
    "postgres": "PostgreSQL",
    "postgresql": "PostgreSQL",
    "python": "Python",
    "redis": "Redis",
    "ruby": "Ruby",
    "rust": "Rust",
    "scala": "Scala",
    "terraform": "Terraform",
    "tofu": "OpenTofu",
    "yarn": "Yarn",
}
"""Products by the names that tools give them."""

DISTRIBUTIONS = {
    "adoptopenjdk": "Eclipse Temurin",
    "corretto": "Amazon Corretto",
    "dragonwell": "Alibaba Dragonwell",
    "graalvm-community": "GraalVM Community Edition",
    "liberica": "Bellsoft Liberica JDK",
    "microsoft": "Microsoft Build of OpenJDK",
    "openjdk": "OpenJDK",
    "oracle": "Oracle JDK",
    "sapmachine": "SapMachine",
    "semeru-openj9": "IBM Semeru Runtime",
    "temurin": "Eclipse Temurin",
    "zulu": "Azul Zulu",
    "jruby": "JRuby",
}
"""Prefixes of Java and Ruby versions that name a distribution, such as temurin-17.0.9+9."""

JAVA = {
    **DISTRIBUTIONS,
    "adopt": "Eclipse Temurin",
    "adopt-hotspot": "Eclipse Temurin",
    "adopt-openj9": "IBM Semeru Runtime",
    "amazon": "Amazon Corretto",
    "graalvm": "Oracle GraalVM",
    "graalvm-ce": "GraalVM Community Edition",
    "ibm-semeru-open": "IBM Semeru Runtime",
    "mandrel": "Mandrel",
    "semeru": "IBM Semeru Runtime",
}
"""Distributions of Java by the names that tools give them."""

_OTHERS = {
    **JAVA,
    "anaconda3": "Anaconda",
    "graalpy": "GraalPy",
    "jruby": "JRuby",
    "miniconda3": "Miniconda",
    "miniforge3": "Miniforge",
    "mruby": "mruby",
    "pypy": "PyPy",
    "truffleruby": "TruffleRuby",
}
_NODE_CODENAMES = {
    "argon": "4",
    "boron": "6",
    "carbon": "8",
    "dubnium": "10",
    "erbium": "12",
    "fermium": "14",
    "gallium": "16",
    "hydrogen": "18",
    "iron": "20",
    "jod": "22",
    "krypton": "24",
}
_OTHER_FILE = re.compile(r"\.[a-z][\w.-]*|wrapper|package\.json|go\.mod|[\w.-]+\.toml")
IN_ANOTHER_FILE = "The version is in another file. Import it, too."
NEWEST = "Always the newest version, not a specific one."
_MOVING = re.compile(
    r"(?:latest|newest|current|stable|oldstable|release|oldrel|nightly|alpha|beta|rc|pre|preview|next|ea|snapshot|canary"
    r"|edge|head|tip|master|main|maint|dev|devel|system|default|rolling|min|node"
    r"|\*|x|lts(?:/(?:\*|-[0-9]+))?|[0-9]?-?lts)(?:-[a-z0-9_-]+)?",
    re.IGNORECASE,
)
_CODENAME = re.compile(r"lts[/-]([a-z]+)", re.IGNORECASE)
_DISTRIBUTION = re.compile(r"([a-z][a-z0-9-]*?)(?:(?:64|32)-|[-@:])?(?:jre-|jdk-|v)?((?<![0-9])[0-9].*)", re.IGNORECASE)
_PLAIN = re.compile(r"[vV]?([0-9][\w.+-]*)")
_FREE_THREADED = re.compile(r"(?<=[0-9])t(?=$|-)")  # builds of Python, such as 3.13t
_WILDCARD = re.compile(r"(?:\.[x*])+$", re.IGNORECASE)
_EARLY = re.compile(r"(?<=[0-9])-(?:alpha|beta|rc)[\w.]*(?= - )")  # 3.12.0-alpha - 3.12, until 3.12 is out
_BUILD = re.compile(r"-(?:lts|dev|nightly)$")
_SDK = re.compile(r"[0-9]+\.[0-9]+(?=\.)")
_JAVAS = {"Java", *JAVA.values()}
_OLD_JAVA = re.compile(r"1\.([5-8])(?:\.0)?")  # 1.8 is 8
_MAX = 100  # characters of a version


def row(product: str, written: str, *, line: int, source: str, note: str = "") -> Row:
    """Return the product with a version or range as written, or a skipped row if it names no version."""
    version = written.strip()[: _MAX + 1]
    if not version or len(version) > _MAX:
        return Skipped(line, source, f"This is not a version of {product[:50]}.", is_unread=True)
    if release := of_codename(product, version, line=line, source=source):
        return release
    if why := _why_not(version):
        return Skipped(line, source, why)
    if plain := _PLAIN.fullmatch(version):
        return exact(product, _BUILD.sub("", plain[1]), line=line, source=source, note=note)
    if reading := ranges.read(_EARLY.sub("", version)):
        notes = "; ".join(filter(None, (reading.note, note)))
        return Entry(line, f"{product} {reading.version}".rstrip(), source, notes)
    return _other(product, version, line=line, source=source)


def _why_not(version: str) -> str:
    if _OTHER_FILE.fullmatch(version):
        return IN_ANOTHER_FILE
    is_distribution = version.casefold().partition("-")[0] in _OTHERS  # jruby, truffleruby-head
    return NEWEST if _MOVING.fullmatch(version) or (is_distribution and not _DISTRIBUTION.fullmatch(version)) else ""


def named(tool: str, written: str, *, line: int, source: str, products: Mapping[str, str] = PRODUCTS) -> Row:
    """Return a tool by the name that version managers give it."""
    return row(products.get(tool.casefold(), tool), written, line=line, source=source)


def exact(product: str, version: str, *, line: int, source: str, note: str = "") -> Entry:
    """Return a product with an exact version, as its release cycles count it."""
    # The third number of an SDK of .NET is none of .NET: the SDK 8.0.404 contains .NET 8.0.11.
    if product == ".NET" and (sdk := _SDK.match(version)):
        return Entry(line, f".NET {sdk[0]}", source, "; ".join(filter(None, (f"SDK {version}", note))))
    if product == "Python":
        version = _FREE_THREADED.sub("", version)
    if product in _JAVAS and (old := _OLD_JAVA.fullmatch(version)):
        version = old[1]
    return Entry(line, f"{product} {version}", source, note)


def of_codename(product: str, written: str, *, line: int, source: str) -> Entry | None:
    """Return the release of Node.js that a codename such as lts/iron means."""
    codename = _CODENAME.fullmatch(written)
    version = _NODE_CODENAMES.get(codename[1].casefold()) if codename and product == "Node.js" else None
    return (
        Entry(line, f"Node.js {version}", source, f"codename {codename[1].casefold()}")
        if codename and version
        else None
    )


def _other(product: str, version: str, *, line: int, source: str) -> Row:
    # pypy3.9, jruby-9.4.3.0, temurin-17.0.2+8; or the product itself: ruby-3.2.2, python-3.11.4, go1.21.
    found = _DISTRIBUTION.fullmatch(version)
    if not found:
        return Skipped(line, source, f"This is not a version of {product[:50]}.", is_unread=True)
    prefix = found[1].casefold()
    if prefix in (product.casefold(), product.casefold().removesuffix(".js")):
        return row(product, found[2], line=line, source=source)
    if other := _OTHERS.get(prefix) or PRODUCTS.get(prefix):
        return Entry(line, f"{other} {_WILDCARD.sub('', found[2])}", source)
    return Skipped(line, source, f"{version[:50]} is not a version of {product[:50]}.", is_unread=True)
