"""Fill in the variables in references to container images."""

import re
from collections.abc import Mapping

from techs.rules.images import Found, read

__all__ = ["MAX_REFERENCE", "Found", "Unreadable", "read", "substitute"]

_MAX_NESTED = 5
MAX_REFERENCE = 500  # characters, with variables filled in

_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<braced>\w+)(?:(?P<operator>:?[-+?])(?P<word>[^{}$]*))?\}|(?P<plain>[A-Za-z_]\w*))"
)


NO_VALUE = "has no value in this file"


class Unreadable(ValueError):
    """The name of an image cannot be determined from the file. The message is a sentence for the user."""


def substitute(written: str, values: Mapping[str, str]) -> str:
    """Fill in ${NAME}, ${NAME:-default} and $NAME.

    Raises Unreadable if a variable has no value, or if the result is too long, since nested values can multiply.
    """
    if len(written) > MAX_REFERENCE:
        raise Unreadable(f"This is longer than {MAX_REFERENCE} characters.")
    text = written
    for _ in range(_MAX_NESTED):  # ${TAG:-${DEFAULT:-7}}
        before, text = text, _VARIABLE.sub(lambda found: _value(found, values), text)
        if text == before or "${" not in text or len(text) > MAX_REFERENCE:
            break
    if len(text) > MAX_REFERENCE:
        raise Unreadable(f"With variables filled in, this is longer than {MAX_REFERENCE} characters.")
    return text


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    name, operator, word = found["braced"] or found["plain"], found["operator"] or "", found["word"] or ""
    is_set = bool(values.get(name)) if operator.startswith(":") else name in values
    if operator.endswith("+"):
        return word if is_set else ""
    if is_set:
        return values[name]
    if operator.endswith("-"):
        return word
    raise Unreadable(f"The variable {name[:50]} {NO_VALUE}.")
