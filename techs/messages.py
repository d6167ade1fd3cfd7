"""What webhooks are told: the bodies of messages, and the signature that proves who wrote them. Pure.

Signatures are those of Standard Webhooks (https://www.standardwebhooks.com), for which receivers find libraries.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Item: TypeAlias = Mapping[str, str]
"""A change of level (name, from_level, to_level, at, why) or an end that is near (name, level, end_of_life)."""

SECRET_PREFIX = "whsec_"  # noqa: S105  a prefix
# Lines of a message that people read in a chat.
CHAT_LINES = 30


def as_json(items: Sequence[Item], *, event: str, at: str) -> str:
    """The message for programs."""
    return json.dumps(
        {
            "id": event,
            "type": "techlist.news",
            "created_at": at,
            "changes": [item for item in items if "to_level" in item],
            "ends_of_life": [item for item in items if "end_of_life" in item],
        },
        ensure_ascii=False,
    )


def as_chat(items: Sequence[Item]) -> str:
    """The message for Slack, and for what takes Slack's messages."""
    lines = [_chat_line(item) for item in items[:CHAT_LINES]]
    if len(items) > CHAT_LINES:
        lines.append(f"... and {len(items) - CHAT_LINES} more.")
    title = "Techlist has 1 piece of news" if len(items) == 1 else f"Techlist has {len(items)} pieces of news"
    return json.dumps({"text": "\n".join([f"{title}:", *lines])}, ensure_ascii=False)


def headers(body: str, *, secret: str, event: str, timestamp: int) -> dict[str, str]:
    """The id of the event, when it is sent, and HMAC-SHA256 over both and the body."""
    signed = f"{event}.{timestamp}.{body}".encode()
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": event,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX))


def _chat_line(item: Item) -> str:
    name = _plain(item["name"])
    if "to_level" in item:
        return f"• {name}: {item['from_level']} → {item['to_level']}. {_plain(item['why'])}"
    return f"• {name}: end of life on {item['end_of_life']} ({item['level']})."


def _plain(text: Any) -> str:
    """Nobody may call a whole channel, or write a link, by the name of a technology."""
    escaped = str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", "@\N{ZERO WIDTH SPACE}")
