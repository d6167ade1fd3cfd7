"""Validate the names of saved views. Pure."""

from typing import Any

from techs.rules.attributes import InvalidAttribute
from techs.rules.text import is_one_visible_line, normalise

VIEW_NAME_MAX_LENGTH = 60
QUERY_MAX_LENGTH = 2000


def clean_view_name(typed: Any) -> str:
    if not isinstance(typed, str):
        raise InvalidAttribute("Must be a string.", code="invalid")
    name = normalise(typed)
    if not any(map(str.isalnum, name)):
        raise InvalidAttribute("Enter a name, such as My team.", code="blank")
    if not is_one_visible_line(typed, name):
        raise InvalidAttribute("This contains control or invisible characters. Use one line.", code="control")
    if len(name) > VIEW_NAME_MAX_LENGTH:
        message = f"Use at most {VIEW_NAME_MAX_LENGTH} characters (this has {len(name)})."
        raise InvalidAttribute(message, code="length")
    return name
