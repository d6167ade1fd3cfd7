"""The Idempotency-Key header: a POST that may be sent again, because the same key gives the same answer."""

import re

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from techs.api.schema import IDEMPOTENCY_KEY

HEADER = "Idempotency-Key"
_INVALID = "Send 1 to 255 printable ASCII characters, without spaces at the ends."
REUSED = "This key was used before, for something else. Send a new one."


def key_of(request: Request) -> str | None:
    """The key that a request came with, if any. Raises a 400 that names the header."""
    key = request.headers.get(HEADER)
    if key is not None and not re.fullmatch(IDEMPOTENCY_KEY, key):
        raise ValidationError({HEADER: [_INVALID]})
    return key
