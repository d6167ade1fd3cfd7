"""Values of arguments on command lines. Pure."""

import argparse
from datetime import date

_FIRST_YEAR = 1970


def day(text: str) -> date:
    """Read a day to assess for."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-11-22") from error
    if found.year < _FIRST_YEAR:
        raise argparse.ArgumentTypeError(f"{text!r} is before {_FIRST_YEAR}")
    return found
