"""Recognise versions that a spreadsheet took for numbers and dates, such as 3,10 and 03. Okt."""

import re

_MONTH = "(?:jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)"
_DATE_OR_NUMBER = re.compile(
    rf"[0-9]{{1,2}}(?:-|\. ?){_MONTH}\.?(?:[ -][0-9]{{2,4}})?"  # 10-Mar, 03. Okt
    rf"|{_MONTH}[ -][0-9]{{2}}"  # Mar-10, Mrz 10
    r"|[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{2}){1,2}"
    r"|(?:0[1-9]|[12][0-9]|3[01])\.(?:0[1-9]|1[0-2])\.(?:19|20)[0-9]{2}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9.]+)?Z?"
    r"|[0-9][.,][0-9]+E\+?[0-9]+",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(2),(0[0-9]{2})|(1),(9[0-9]{2})")
_DECIMAL_COMMA = re.compile(r"([0-9]+),([0-9]+)")

ADVICE = "is a date or number that a spreadsheet made of a version. Format the column as text and enter it again."


def is_made_of_version(cell: str) -> bool:
    """Return True for a date or number that no longer reveals the version."""
    return _DATE_OR_NUMBER.fullmatch(cell) is not None


def repaired(cell: str) -> str:
    """Return 3,10 as 3.10 and 2,019 as 2019."""
    if year := _YEAR.fullmatch(cell):
        return "".join(filter(None, year.groups()))
    return _DECIMAL_COMMA.sub(r"\1.\2", cell) if _DECIMAL_COMMA.fullmatch(cell) else cell
