"""What the tests of techs.imports.manifests share: a file as a text, and what was read in short."""

from textwrap import dedent

import pytest

from techs.imports.manifests import Manifest, ManifestError, read
from techs.imports.manifests.types import Row


def reading(name: str, text: str) -> Manifest:
    """Read a file that is written indented in a test."""
    return read(name, dedent(text).encode())


def rows(manifest: Manifest) -> list[Row]:
    """Technologies and what was skipped, together."""
    return [*manifest.entries, *manifest.skipped]


def entries(manifest: Manifest) -> list[tuple[int, str]]:
    """Line and text of every technology."""
    return [(entry.line, entry.text) for entry in manifest.entries]


def notes(manifest: Manifest) -> dict[str, str]:
    """What is said beside the texts."""
    return {entry.text: entry.note for entry in manifest.entries}


def skipped(manifest: Manifest) -> list[tuple[int, str]]:
    """Line and reason of everything that was skipped."""
    return [(row.line, row.why) for row in manifest.skipped]


def refusal(name: str, content: str | bytes) -> ManifestError:
    """The error that a broken file raises."""
    with pytest.raises(ManifestError) as raised:
        read(name, content if isinstance(content, bytes) else dedent(content).encode())
    return raised.value


def covered(manifest: Manifest) -> set[int]:
    """Every line that an entry or a skipped row accounts for."""
    return {line for row in rows(manifest) for line in range(row.line, row.last_line + 1)}
