"""Signatures of webhooks, verified by the library of Standard Webhooks."""

import base64
import json
import secrets
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from techs.net.signing import SECRET_PREFIX, signature_headers

BODIES = ["{}", '{"text": "Größe 🚀"}', json.dumps({"changes": [{"name": "Django 3.2"}] * 50})]


def secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.mark.parametrize("body", BODIES)
def test_a_receiver_accepts_the_signature(body: str) -> None:
    key = secret()
    headers = signature_headers(body, secrets=[key], event="msg_1", timestamp=int(time.time()))
    assert Webhook(key).verify(body, headers) == json.loads(body)


def test_a_receiver_accepts_either_secret_while_they_change() -> None:
    old, new = secret(), secret()
    headers = signature_headers("{}", secrets=[new, old], event="msg_1", timestamp=int(time.time()))
    for key in (old, new):
        Webhook(key).verify("{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret()).verify("{}", headers)


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ('{"a": 1}', {}),
        ("{}", {"webhook-id": "msg_2"}),
        ("{}", {"webhook-timestamp": str(int(time.time()) + 1)}),
        ("{}", {"webhook-signature": "v1,AAAA"}),
    ],
    ids=["body", "id", "time", "signature"],
)
def test_a_receiver_refuses_anything_changed(body: str, change: dict[str, str]) -> None:
    key = secret()
    headers = signature_headers("{}", secrets=[key], event="msg_1", timestamp=int(time.time()))
    with pytest.raises(WebhookVerificationError):
        Webhook(key).verify(body, headers | change)


def test_a_receiver_refuses_an_old_message() -> None:
    key = secret()
    headers = signature_headers("{}", secrets=[key], event="msg_1", timestamp=int(time.time()) - 600)
    with pytest.raises(WebhookVerificationError):
        Webhook(key).verify("{}", headers)


def test_the_library_signs_alike() -> None:
    key, moment = secret(), int(time.time())
    headers = signature_headers(BODIES[1], secrets=[key], event="msg_1", timestamp=moment)
    assert headers["webhook-signature"] == Webhook(key).sign("msg_1", datetime.fromtimestamp(moment, UTC), BODIES[1])
