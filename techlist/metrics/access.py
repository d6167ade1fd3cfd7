"""Who may read the metrics."""

from django.conf import settings
from django.utils.crypto import constant_time_compare

CHALLENGE = {"WWW-Authenticate": "Bearer"}
WRONG_TOKEN = "Send the token in TECHLIST_METRICS_TOKEN as a bearer token."  # noqa: S105  no token


def has_token(authorization: str) -> bool:
    """Return True for an Authorization header with the token. There must be one in the settings."""
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and constant_time_compare(token.strip(), settings.METRICS.token)
