"""Cells of a CSV file that somebody opens in a spreadsheet. Pure."""

import unicodedata
from typing import Any

_FORMULA = ("=", "+", "-", "@")
_CONTROL = ("\t", "\r", "\n")
# What programs have been seen to skip before they look for a formula.
_SKIPPED = " \t\r\n\v\f\u00a0\u200b\u2060\ufeff'\"`"


def defused(cell: Any) -> Any:
    """The cell, marked as a text if a spreadsheet might run it as a formula. What is no text stays as it is."""
    return f"'{cell}" if isinstance(cell, str) and _may_run(cell) else cell


def plain(cell: str) -> str:
    """Undo defused()."""
    return cell[1:] if cell.startswith("'") and _may_run(cell[1:]) else cell


def _may_run(text: str) -> bool:
    # NFKC: East Asian editions take the wide forms of these signs, too.
    begin = unicodedata.normalize("NFKC", text.lstrip(_SKIPPED)[:1])
    return text.startswith(_CONTROL) or begin.startswith(_FORMULA)
