"""The Idempotency-Key header: a POST can be repeated safely, because the same key returns the same result."""

import re

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from techs.api.schema import IDEMPOTENCY_KEY

HEADER = "Idempotency-Key"
_INVALID = "Use 1 to 255 printable ASCII characters, without leading or trailing spaces."
REUSED = "This key was already used for a different request. Use a new one."


def key_of(request: Request) -> str | None:
    """Return the request's key, if any. An invalid key raises a 400 that names the header."""
    key = request.headers.get(HEADER)
    if key is not None and not re.fullmatch(IDEMPOTENCY_KEY, key):
        raise ValidationError({HEADER: [_INVALID]})
    return key
