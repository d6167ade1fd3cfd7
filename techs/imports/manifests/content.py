"""Decode the bytes of a file to text with normalised line ends."""

import codecs

from techs.imports.manifests.types import ManifestError

MAX_BYTES = 20 * 1024 * 1024
MAX_LINES = 1_000_000

# Spreadsheets in Western Europe save tables as Windows-1252. A damaged UTF-8 file has other characters in it.
_TABLES = (".csv", ".tsv")
_WESTERN = frozenset("äöüßÄÖÜàâçéèêëîïíìôóòœùúûñÀÇÉÈÊÑåæøÅÆØ€§°µ²³©®™«»–—…•‘’‚“”„\u00a0")

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(content: bytes, *, name: str = "") -> str:
    """Decode UTF-8, UTF-16 with a byte order mark or, in a table, Windows-1252. Lines end in a line feed.

    Raises ManifestError for other encodings, binary files, and files that are empty or too large.
    """
    if len(content) > MAX_BYTES:
        raise ManifestError(f"The file is too large: {len(content):,} bytes, limit {MAX_BYTES:,}. Split it.")
    text = _text(content, name).replace("\r\n", "\n").replace("\r", "\n")
    if (end := text.find("\0")) >= 0:
        raise ManifestError("This is not a text file: it contains a NUL byte.", line=line_at(text, end))
    if text.count("\n") > MAX_LINES:
        raise ManifestError(f"The file has more than {MAX_LINES:,} lines. Split it.")
    if not text.strip():
        raise ManifestError("There is nothing to import.")
    return text


def line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _text(content: bytes, name: str) -> str:
    encoding = "utf-16" if content.startswith(_UTF16) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if name.lower().endswith(_TABLES) and (text := _western(content)):
            return text
        line = content.count(b"\n", 0, error.start) + 1
        problem = "The file is neither UTF-8 nor UTF-16 with a byte order mark. Save it as UTF-8."
        raise ManifestError(problem, line=line) from error


def _western(content: bytes) -> str:
    """Decode Windows-1252. Return "" if a character is unlikely in a Western European text."""
    text = content.decode("cp1252", errors="replace")
    return text if all(char.isascii() or char in _WESTERN for char in set(text)) else ""
