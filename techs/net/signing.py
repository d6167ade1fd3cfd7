"""Sign messages according to Standard Webhooks (https://www.standardwebhooks.com). Pure."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

SECRET_PREFIX = "whsec_"  # noqa: S105  a prefix


def signature_headers(body: str, *, secrets: Sequence[str], event: str, timestamp: int) -> dict[str, str]:
    """Return the headers with id, timestamp and one HMAC-SHA256 signature per secret."""
    signed = f"{event}.{timestamp}.{body}".encode()
    return {
        "webhook-id": event,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(signed, secret) for secret in secrets),
    }


def _signature(signed: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"
