"""Build the bodies of webhook messages. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from techs.rules.overrides import shown_level

Item: TypeAlias = Mapping[str, str]
"""A level change (to_level, from_level, ...), a near end of life (end_of_life, level) or a date change (field, ...)."""

# Lines and characters of a chat message: Slack recommends at most 4,000 characters.
CHAT_LINES, CHAT_LENGTH = 30, 4000
# Characters of a name or reason, so that the first line always fits, even if every character is escaped.
_CHAT_WORDS = 250


def as_json(items: Sequence[Item], *, event: str, at: str) -> str:
    return json.dumps(
        {
            "id": event,
            "type": "techlist.news",
            "created_at": at,
            "changes": [item for item in items if "to_level" in item],
            "ends_of_life": [item for item in items if "end_of_life" in item],
            "date_changes": [item for item in items if "field" in item],
        },
        ensure_ascii=False,
    )


def as_chat(items: Sequence[Item]) -> str:
    title = "1 update from Techlist:" if len(items) == 1 else f"{len(items):,} updates from Techlist:"
    text, shown = title, 0
    for line in map(_chat_line, items[:CHAT_LINES]):
        if len(text) + len(line) > CHAT_LENGTH - len("\n... and 10,000 more."):
            break
        text, shown = f"{text}\n{line}", shown + 1
    if shown < len(items):
        text += f"\n... and {len(items) - shown:,} more."
    return json.dumps({"text": text}, ensure_ascii=False)


def _chat_line(item: Item) -> str:
    name = _plain(item["name"])
    if "to_level" in item:
        to_level = shown_level(item["to_level"], item["why"])
        return f"• {name}: {item['from_level']} → {to_level}. {_plain(item['why'])}"
    if "field" in item:
        return f"• {name}: {_plain(item['text'])}."
    return f"• {name}: end of life on {item['end_of_life']} ({item['level']})."


def _plain(text: Any) -> str:
    # The name of a technology must not mention a whole channel or disguise a link.
    plain = str(text)
    if len(plain) > _CHAT_WORDS:
        plain = f"{plain[: _CHAT_WORDS - 1]}…"
    escaped = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # The second replacement is for chats that read the message as Markdown, such as Mattermost.
    return escaped.replace("@", "@\N{ZERO WIDTH SPACE}").replace("](", "]\N{ZERO WIDTH SPACE}(")
