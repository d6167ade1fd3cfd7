"""Read files that hold the version of one tool, such as .nvmrc, and the settings of version managers."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from techs.imports.manifests import entries, json_places, runtimes, toml_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.lines import is_content
from techs.imports.manifests.tool_versions import TOOLS
from techs.imports.manifests.types import ManifestError, Row, Skipped

BARE = {
    ".bazelversion": "Bazel",
    ".bun-version": "Bun",
    ".crystal-version": "Crystal",
    ".deno-version": "Deno",
    ".dvmrc": "Deno",
    ".elixir-version": "Elixir",
    ".erlang-version": "Erlang",
    ".exenv-version": "Elixir",
    ".go-version": "Go",
    ".java-version": "Java",
    ".julia-version": "Julia",
    ".lua-version": "Lua",
    ".node-version": "Node.js",
    ".nvmrc": "Node.js",
    ".opentofu-version": "OpenTofu",
    ".perl-version": "Perl",
    ".php-version": "PHP",
    ".phpenv-version": "PHP",
    ".python-version": "Python",
    ".ruby-version": "Ruby",
    ".scala-version": "Scala",
    ".swift-version": "Swift",
    ".terraform-version": "Terraform",
    ".yvmrc": "Yarn",
    "runtime.txt": "Python",
    "rust-toolchain": "Rust",
}
"""Files that contain only a version; their names identify the technology."""

_VENDORS = {
    "albba": "Alibaba Dragonwell",
    "amzn": "Amazon Corretto",
    "graal": "Oracle GraalVM",
    "graalce": "GraalVM Community Edition",
    "librca": "Bellsoft Liberica JDK",
    "mandrel": "Mandrel",
    "ms": "Microsoft Build of OpenJDK",
    "open": "OpenJDK",
    "oracle": "Oracle JDK",
    "sapmchn": "SapMachine",
    "sem": "IBM Semeru Runtime",
    "tem": "Eclipse Temurin",
    "zulu": "Azul Zulu",
}
"""Ends of Java versions in SDKMAN, such as 17.0.9-tem."""

_SETTING = re.compile(r"\s*([\w.-]+)\s*=\s*(\S.*?)\s*")
_VENDOR = re.compile(r"([0-9][\w.+]*)(?:\.(?:r[0-9]+|fx))?-([a-z]+)")


def read(text: str, base: str) -> Iterator[Row]:
    """Read a file by its base name in lower case, which identifies the technology."""
    if reader := _READERS.get(base):
        yield from reader(text)
    elif base in BARE:
        yield from _bare(text, BARE[base])
    elif base.endswith("-toolchain.toml"):
        yield from _rust(text)
    else:
        yield from _mise(text)


def _bare(text: str, product: str) -> Iterator[Row]:
    if product == "Rust" and text.lstrip().startswith("["):
        yield from _rust(text)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        written = line.partition("#")[0].strip()
        if is_content(line) and written:
            yield _version(product, written, line=number, source=line)


def _version(product: str, written: str, *, line: int, source: str) -> Row:
    if product == "Java" and (found := _VENDOR.fullmatch(written[:100])) and found[2] in _VENDORS:
        return runtimes.row(_VENDORS[found[2]], found[1], line=line, source=source)
    return runtimes.row(product, written.strip("\"'"), line=line, source=source)


def _sdkman(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not is_content(line):
            continue
        if found := _SETTING.fullmatch(line[:500]):
            tool = found[1].casefold()
            product = runtimes.PRODUCTS.get(tool) or TOOLS.get(tool, tool)
            yield _version(product, found[2], line=number, source=line)
        else:
            yield Skipped(number, line, "This is not a setting such as java=21.0.2-tem.", is_unread=True)


def _rust(text: str) -> Iterator[Row]:
    document, places = toml_places.parse(text)
    toolchain = document.get("toolchain")
    channel = toolchain.get("channel") if isinstance(toolchain, dict) else None
    line = places.take("channel", after=places.header("toolchain"))
    if not isinstance(channel, str):
        raise ManifestError('This file has no channel. Give one such as channel = "1.84" under [toolchain].', line=line)
    yield runtimes.row("Rust", channel, line=line, source=f'channel = "{channel}"')


def _global_json(text: str) -> Iterator[Row]:
    document = json_places.parse(json_places.without_comments(text))
    sdk = document.get("sdk") if isinstance(document, JsonObject) else None
    version = sdk.get("version") if isinstance(sdk, JsonObject) else None
    if isinstance(sdk, JsonObject) and isinstance(version, str):
        yield runtimes.row(".NET", version, line=sdk.lines["version"], source=f'"version": "{version}"')
    else:
        yield Skipped(1, "global.json", "No version of the SDK given.")
    kinds = document.get("msbuild-sdks") if isinstance(document, JsonObject) else None
    for name, pinned in kinds.items() if isinstance(kinds, JsonObject) else ():
        if isinstance(kinds, JsonObject) and isinstance(pinned, str):
            yield entries.package("nuget", name, pinned, line=kinds.lines[name])


def _mise(text: str) -> Iterator[Row]:
    document, places = toml_places.parse(text)
    tools = document.get("tools")
    if tools is not None and not isinstance(tools, dict):
        raise ManifestError("tools must be a table.", line=places.take("tools"))
    line = places.header("tools")
    for name, given in (tools or {}).items():
        line = places.take(name, after=line)
        for each in given if isinstance(given, list) else [given]:
            version = each.get("version") if isinstance(each, dict) else each
            yield _tool(name, version, line)


def _tool(name: str, version: Any, line: int) -> Row:
    source = f"{name} = {version!r}"
    if not isinstance(version, str):
        return Skipped(line, source, "The version must be a string.", is_unread=True)
    backend, _, package = name.partition(":")
    if package and backend in ("npm", "cargo", "gem", "pipx"):
        ecosystem = {"pipx": "pypi"}.get(backend, backend)
        if version == "latest":
            return Skipped(line, source, runtimes.NEWEST)
        return entries.constrained(ecosystem, package, version, line=line, source=source)
    tool = (package or name).rpartition("/")[2]
    product = runtimes.PRODUCTS.get(tool) or TOOLS.get(tool, tool)
    return _version(product, version.removeprefix("prefix:"), line=line, source=source)


_READERS: dict[str, Callable[[str], Iterator[Row]]] = {
    ".sdkmanrc": _sdkman,
    "global.json": _global_json,
}
