"""Protection against CSV cells that a spreadsheet would run as formulas. Pure."""

import unicodedata
from typing import Any

_FORMULA = ("=", "+", "-", "@")
_CONTROL = ("\t", "\r", "\n")
# Characters that some spreadsheets skip before they look for a formula.
_SKIPPED = " \t\r\n\v\f\u00a0\u200b\u2060\ufeff'\"`"


def defused(cell: Any) -> Any:
    """Prefix a text with an apostrophe if a spreadsheet might run it as a formula. Return other values unchanged."""
    return f"'{cell}" if isinstance(cell, str) and _may_run(cell) else cell


def plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _may_run(cell[1:]) else cell


def _may_run(text: str) -> bool:
    # East Asian editions of spreadsheets also accept the full-width forms of these characters, hence NFKC.
    begin = unicodedata.normalize("NFKC", text.lstrip(_SKIPPED)[:1])
    return text.startswith(_CONTROL) or begin.startswith(_FORMULA)
