"""Read go.mod and go.work: Go, its toolchain, and the required modules."""

import re
from collections.abc import Iterator

from techs.imports.manifests import entries
from techs.imports.manifests.ranges import Reading
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

_DIRECTIVES = {
    "module": "The module itself.",
    "replace": "Replaces a module by another one, or by a local folder.",
    "exclude": "A version that is not used.",
    "retract": "A version that is not to be used.",
    "use": "A module in this workspace. Import its go.mod, too.",
    "tool": "A tool of a required module.",
    "ignore": "Folders to ignore.",
    "godebug": "A setting of Go.",
}
_VERSION = re.compile(r"(?:go)?(v?[0-9][\w.+-]*)")
# A commit, such as v1.9.2-0.20210331224755-41bb18bfe9da, or a module that is replaced.
_NO_RELEASE = re.compile(r"v0\.0\.0|v.+[-.][0-9]{14}-[0-9a-f]{12}")


def read(text: str) -> Iterator[Row]:
    """Read every required module. Raises ManifestError for unknown directives and open blocks."""
    rows = list(_rows(text))
    has_toolchain = any(isinstance(row, Entry) and row.source.startswith("toolchain ") for row in rows)
    for row in rows:
        if has_toolchain and isinstance(row, Entry) and row.source.startswith("go "):
            yield Skipped(row.line, row.source, "The toolchain is given, too.")
        else:
            yield row


def _rows(text: str) -> Iterator[Row]:
    block, begun = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        code, _, comment = line.partition("//")
        words = code.split()
        if not words:
            continue
        if block and words == [")"]:
            block = ""
        elif block:
            yield _row(block, words, number, comment)
        elif words[1:] == ["("] or (len(words) == 1 and words[0].endswith("(")):
            block, begun = words[0].rstrip("("), number
            _check(block, number)
        else:
            _check(words[0], number)
            yield _row(words[0], words[1:], number, comment)
    if block:
        raise ManifestError(f"The block {block[:30]} ( is not closed.", line=begun)


def _check(directive: str, line: int) -> None:
    if directive not in ("go", "toolchain", "require", *_DIRECTIVES):
        problem = f"{directive[:30]} is not a directive of go.mod. Import the go.mod of a module."
        raise ManifestError(problem, line=line)


def _row(directive: str, words: list[str], line: int, comment: str) -> Row:
    source = " ".join([directive, *words])
    if why := _DIRECTIVES.get(directive):
        return Skipped(line, source, why)
    version = _VERSION.fullmatch(words[-1]) if words else None
    if directive == "toolchain" and words == ["default"]:
        return Skipped(line, source, "The toolchain on the machine.")
    if not version or len(words) != (2 if directive == "require" else 1):
        return Skipped(line, source, "This is not a version.", is_unread=True)
    if directive == "go":
        return Entry(line, f"Go >={version[1]}", source, "the lowest version that this module allows")
    if directive == "toolchain":
        return Entry(line, f"Go {version[1]}", source)
    note = "required by other modules" if comment.strip().startswith("indirect") else ""
    number = version[1].removesuffix("+incompatible")
    reading = entries.FROM_SOURCE if _NO_RELEASE.fullmatch(number) else Reading(number, note)
    return entries.package("golang", words[0].strip('"'), reading, line=line, source=source)
