"""Reading the files that a team has: which technologies they name, on which line, and what was skipped and why.

Pure: bytes in, a Manifest out, no clock, no network, no files. What a text means is not asked here.
"""

from collections.abc import Callable, Iterator

from techs.imports.manifests import (
    compose,
    dockerfile,
    exported,
    lines,
    package_json,
    pyproject,
    requirements,
    sbom,
    table,
    tool_versions,
)
from techs.imports.manifests.content import MAX_BYTES, decode
from techs.imports.manifests.detection import check_name, detect
from techs.imports.manifests.types import Entry, Evidence, Format, Manifest, ManifestError, Row, Skipped, collect

__all__ = ["MAX_BYTES", "Entry", "Evidence", "Format", "Manifest", "ManifestError", "Skipped", "read"]

_READERS: dict[Format, Callable[[str], Iterator[Row]]] = {
    Format.LINES: lines.read,
    Format.CSV: table.read,
    Format.REQUIREMENTS: requirements.read,
    Format.PACKAGE_JSON: package_json.read,
    Format.PYPROJECT: pyproject.read,
    Format.DOCKERFILE: dockerfile.read,
    Format.COMPOSE: compose.read,
    Format.TOOL_VERSIONS: tool_versions.read,
    Format.CYCLONEDX: sbom.read_cyclonedx,
    Format.SPDX: sbom.read_spdx,
    Format.TECHLIST: exported.read,
}


def read(name: str, content: bytes) -> Manifest:
    """The technologies of a file. The name says its format, or "" for a text without one.

    In formats of lines every line that is neither blank nor a comment is in an entry or skipped. A file that cannot
    be read as a whole raises ManifestError: nothing is half-read.
    """
    check_name(name)
    text = decode(content)
    format_, evidence = detect(name, text)
    return collect(format_, evidence, _READERS[format_](text))
