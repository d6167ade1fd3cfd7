"""Read Terraform files: versions of Terraform, providers and modules, and the products that cloud resources run."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from techs.imports.manifests import cloud_engines, cloud_systems, entries, hcl_places, runtimes
from techs.imports.manifests.hcl_places import Block
from techs.imports.manifests.ranges import Reading
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

MAX_BLOCKS = 100_000

_SETTINGS = {
    "cluster_version": "Kubernetes",
    "dotnet_version": ".NET",
    "java_version": "Java",
    "kubernetes_version": "Kubernetes",
    "node_version": "Node.js",
    "php_version": "PHP",
    "python_version": "Python",
    "ruby_version": "Ruby",
}
"""Attributes that name the product wherever they stand."""

_REFERENCE = re.compile(r"(?:\$\{\s*)?(?:var|local)\.([\w-]+)(?:\s*\})?")
_EXACT = re.compile(r"=?\s*v?([0-9][\w.+-]*)")
_IMAGE_KEYS = ("image", "docker_image", "container_image")
_REGISTRY = re.compile(r"(?:registry\.(?:terraform\.io|opentofu\.org)/)?(.+)")


def read(text: str) -> Iterator[Row]:
    """Read *.tf and *.tfvars. Variables with a default, and locals, are filled in if they are in the same file."""
    blocks = list(islice(hcl_places.blocks(text), MAX_BLOCKS + 1))
    if len(blocks) > MAX_BLOCKS:
        raise ManifestError(f"More than {MAX_BLOCKS:,} blocks. Split the file.", line=blocks[-1].line)
    values = _values(blocks)
    for block in blocks:
        yield from _block(block, values)
    yield from _variables(blocks)


def read_lock(text: str) -> Iterator[Row]:
    """Read .terraform.lock.hcl: every provider with its exact version."""
    for block in hcl_places.blocks(text):
        match block.words:
            case ["provider", address]:
                yield _versioned("provider", address, block.get("version"), block)


def _values(blocks: list[Block]) -> dict[str, str]:
    values: dict[str, str] = {}
    for block in blocks:
        match block.words:
            case ["variable", name] if default := block.get("default"):
                values[name] = default
            case ["locals"]:
                values |= {name: value for name, (value, _) in block.attributes.items() if not _REFERENCE.match(value)}
    return values


def _variables(blocks: list[Block]) -> Iterator[Row]:
    """Yield defaults of variables that name a product, and that another file uses."""
    used = {
        found[1] for block in blocks for value, _ in block.attributes.values() if (found := _REFERENCE.match(value))
    }
    for block in blocks:
        match block.words:
            case ["variable", name] if name in _SETTINGS and name not in used and (default := block.get("default")):
                source = f'{name}: default = "{default}"'
                yield _setting(_SETTINGS[name], default, block.line_of("default"), source)


def _block(block: Block, values: Mapping[str, str]) -> Iterator[Row]:
    match block.words:
        case ["terraform"]:
            yield from _required(block)
        case ["variable" | "output" | "locals", *_]:
            return
        case ["module", *_]:
            yield from _module(block)
            yield from _attributes(block, values, kind=cloud_engines.resource_of(block.get("source")))
        case ["required_providers"]:
            for name, (version, _) in block.attributes.items():
                yield _versioned("provider", f"hashicorp/{name}", version, block, key=name)
        case [name] if block.parents and block.parents[-1].words == ("required_providers",):
            yield _versioned("provider", block.get("source") or f"hashicorp/{name}", block.get("version"), block)
        case _:
            kind = block.words[1] if block.words[:1] in (("resource",), ("data",)) and len(block.words) > 1 else ""
            kind = "google_cloudfunctions_function" if block.words == ("build_config",) else kind
            yield from _attributes(block, values, kind=kind)


def _required(block: Block) -> Iterator[Row]:
    if version := block.get("required_version"):
        line, source = block.line_of("required_version"), f'required_version = "{version}"'
        if exact := _EXACT.fullmatch(version):
            yield Entry(line, f"Terraform {exact[1]}", source)
        else:
            yield entries.runtime_range("Terraform", version, line=line, source=source)


def _module(block: Block) -> Iterator[Row]:
    source = block.get("source")
    if source and block.get("version"):
        yield _versioned("module", source, block.get("version"), block)
    elif source:
        yield Skipped(block.line_of("source"), f'source = "{source}"', "A module without a version.")


def _versioned(kind: str, address: str, version: str, block: Block, *, key: str = "version") -> Row:
    """Return a provider or a module, whose versions are its own: the provider of Vault is not Vault."""
    line, source = block.line_of(key), f"{address} {version}".rstrip()
    name = _REGISTRY.sub(r"\1", address[:200])
    exact = _EXACT.fullmatch(version)
    reading = Reading(exact[1]) if exact else entries.reading_of(version)
    text = f"{kind} {name} {reading.version}".rstrip()
    return Entry(line, text, source, reading.note, identifiers=entries.purls("terraform", name))


def _attributes(block: Block, values: Mapping[str, str], *, kind: str) -> Iterator[Row]:
    yield from _managed(kind, block, values)
    given = {key: _filled(written, values) for key, (written, _) in block.attributes.items()}
    for key, text in cloud_systems.of_settings(block.words, given):
        yield Entry(block.line_of(key), text, f'{key} = "{block.get(key)}"')
    for key, (written, line) in block.attributes.items():
        source, value = f'{key} = "{written}"', _filled(written, values)
        is_image = key in _IMAGE_KEYS or (key == "name" and kind == "docker_image")
        if is_image and ":" in value and "${" not in value:
            yield from entries.image(value, line=line, source=source)
        elif key in _SETTINGS and not kind and value:
            yield _setting(_SETTINGS[key], value, line, source)
        elif key in _SETTINGS and block.words == ("application_stack",):
            yield _setting(_SETTINGS[key], value.removeprefix("v"), line, source)


def _managed(kind: str, block: Block, values: Mapping[str, str]) -> Iterator[Row]:
    """Yield the product that a cloud resource runs: a database, a cluster, or the runtime of a function."""
    rule = cloud_engines.rule_of(
        kind, {key: _filled(written, values) for key, (written, _) in block.attributes.items()}
    )
    if not rule:
        return
    key, product, version = rule
    line, source = block.line_of(key), f'{key} = "{block.get(key)}"'
    yield _setting(product, version, line, source)


def _setting(product: str, value: str, line: int, source: str) -> Row:
    if _REFERENCE.match(value) or "${" in value or not value:
        return Skipped(line, source, f"The value of {value[:80] or 'this expression'} is not in this file.")
    if product == "AWS Lambda":
        return Entry(line, f"AWS Lambda {value}", source)
    return runtimes.row(product, value, line=line, source=source)


def _filled(written: str, values: Mapping[str, str]) -> str:
    reference = _REFERENCE.fullmatch(written)
    return values.get(reference[1], written) if reference else written
