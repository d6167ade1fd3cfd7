"""Escape values for tables in Markdown. Pure."""

import re
from typing import Any

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~!&$@])")
# GitHub and others turn these into links.
_LINK = re.compile(r"\b(?:(www)(\.)|(https?|ftp|mailto|xmpp)(:))", re.IGNORECASE)


def cell(value: Any) -> str:
    """Return a value as the text of one cell, which renders as it is written."""
    escaped = _SPECIAL.sub(r"\\\1", " ".join(str(value or "").split()))
    return _LINK.sub(r"\1\3\\\2\4", escaped)
