"""Read single fields of the document that endoflife.date publishes. Pure.

Each function takes the object, the key, and the place to name in the error. Raises BadFacts for unusable values.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any, NoReturn

# Lengths in characters, as in techs.models.
MAX_NAME = 100
MAX_LABEL = 200
MAX_URL = 300
MAX_IDENTIFIER = 300
MAX_COMMAND = 1_000

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Control characters, line separators, bidirectional controls and lone surrogates: some databases cannot store them,
# and no page shows them.
UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# A placeholder that the site's generator left in.
_TEMPLATE = re.compile(r"\{[{%]")


class BadFacts(ValueError):
    """The document, or a part of it, is unusable. The message says where and why."""


def text(row: Mapping[str, Any], key: str, place: str, longest: int) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not (value := value.strip()):
        fail(place, f"{key} must be a non-empty string")
    if len(value) > longest:
        fail(place, f"{key} is longer than {longest} characters")
    if UNSTORABLE.search(value):
        fail(place, f"{key} contains control characters")
    if _TEMPLATE.search(value):
        fail(place, f"{key} is an unfilled template, {quoted(value)}")
    return value


def optional_text(row: Mapping[str, Any], key: str, place: str, longest: int) -> str:
    value = row.get(key)
    is_blank = value is None or (isinstance(value, str) and not value.strip())
    return "" if is_blank else text(row, key, place, longest)


def day(row: Mapping[str, Any], key: str, place: str) -> date | None:
    value = row.get(key)
    # fromisoformat() also accepts "20260101" and "2026-W01-1".
    if isinstance(value, str) and _DATE.fullmatch(value):
        with suppress(ValueError):  # the 30th of February
            return date.fromisoformat(value)
    return None if value is None else fail(place, f"{key} must be a date such as 2026-11-22, not {quoted(value)}")


def flag(row: Mapping[str, Any], key: str, place: str) -> bool | None:
    value = row.get(key)
    if not (value is None or isinstance(value, bool)):
        fail(place, f"{key} must be true, false or null")
    return value


def object_of(row: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
    value = row.get(key)
    return value or {} if value is None or isinstance(value, dict) else fail(place, f"{key} must be an object")


def web_address(url: str, key: str, place: str) -> str:
    # Pages link to it.
    return url if url.startswith(("https://", "http://")) else fail(place, f"{key} must be a web address")


def name_or_position(row: Mapping[str, Any], position: int) -> str | float:
    name = row.get("name")
    return name if isinstance(name, str | int | float) and str(name).strip() else position


def quoted(value: object) -> str:
    # Lists and objects may be nested too deeply for repr().
    return f"{value!r:.60}" if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"


def fail(place: str, what: str) -> NoReturn:
    # A place may quote a name from the document. Limit it to one short line in the log.
    raise BadFacts(f"{UNSTORABLE.sub('?', place):.200}: {what}")
