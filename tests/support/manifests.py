"""Shared by the tests of techs.imports.manifests: read a text, and summarise the result."""

from textwrap import dedent

import pytest

from techs.imports.manifests import Manifest, ManifestError, read
from techs.imports.manifests.types import Row


def reading(name: str, text: str) -> Manifest:
    """Read a file that is written indented in a test."""
    return read(name, dedent(text).encode())


def rows(manifest: Manifest) -> list[Row]:
    """Return technologies and skipped lines together."""
    return [*manifest.entries, *manifest.skipped]


def entries(manifest: Manifest) -> list[tuple[int, str]]:
    """Return line and text of each technology."""
    return [(entry.line, entry.text) for entry in manifest.entries]


def notes(manifest: Manifest) -> dict[str, str]:
    """Return the notes beside the technologies."""
    return {entry.text: entry.note for entry in manifest.entries}


def skipped(manifest: Manifest) -> list[tuple[int, str]]:
    """Return line and reason of each skipped line."""
    return [(row.line, row.why) for row in manifest.skipped]


def refusal(name: str, content: str | bytes) -> ManifestError:
    """Return the error raised for a broken file."""
    with pytest.raises(ManifestError) as raised:
        read(name, content if isinstance(content, bytes) else dedent(content).encode())
    return raised.value


def covered(manifest: Manifest) -> set[int]:
    """Return all lines covered by an entry or a skipped row."""
    return {line for row in rows(manifest) for line in range(row.line, row.last_line + 1)}
