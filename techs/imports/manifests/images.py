"""References of container images in files, with variables filled in."""

import re
from collections.abc import Mapping

from techs.rules.images import Found, read

__all__ = ["MAX_REFERENCE", "Found", "Unreadable", "read", "substitute"]

MAX_REFERENCE = 500  # characters, with variables filled in

_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<braced>\w+)(?:(?P<operator>:?[-+?])(?P<word>[^{}$]*))?\}|(?P<plain>[A-Za-z_]\w*))"
)


class Unreadable(ValueError):
    """The name of an image cannot be determined from the file. The message is a sentence for people."""


def substitute(written: str, values: Mapping[str, str]) -> str:
    """Fill in ${NAME}, ${NAME:-default} and $NAME.

    Raises Unreadable if a variable has no value, or if the result is too long, as values may multiply.
    """
    if len(written) > MAX_REFERENCE:
        raise Unreadable(f"This is longer than {MAX_REFERENCE} characters.")
    text = _VARIABLE.sub(lambda found: _value(found, values), written)
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
    raise Unreadable(f"The variable {name[:50]} has no value in this file.")
