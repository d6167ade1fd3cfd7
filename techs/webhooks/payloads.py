"""The bodies of messages to webhooks. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Item: TypeAlias = Mapping[str, str]
"""A change of level (name, from_level, to_level, at, why) or an end that is near (name, level, end_of_life)."""

# Lines of a message that people read in a chat, and characters: Slack asks for no more than 4,000.
CHAT_LINES, CHAT_LENGTH = 30, 4000
# Characters of a name or a reason, so that the first line always has room, whatever is escaped in it.
_CHAT_WORDS = 250


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
    title = "Techlist has 1 piece of news:" if len(items) == 1 else f"Techlist has {len(items)} pieces of news:"
    text, shown = title, 0
    for line in map(_chat_line, items[:CHAT_LINES]):
        if len(text) + len(line) > CHAT_LENGTH - len("\n... and 10000 more."):
            break
        text, shown = f"{text}\n{line}", shown + 1
    if shown < len(items):
        text += f"\n... and {len(items) - shown} more."
    return json.dumps({"text": text}, ensure_ascii=False)


def _chat_line(item: Item) -> str:
    name = _plain(item["name"])
    if "to_level" in item:
        return f"• {name}: {item['from_level']} → {item['to_level']}. {_plain(item['why'])}"
    return f"• {name}: end of life on {item['end_of_life']} ({item['level']})."


def _plain(text: Any) -> str:
    """Nobody may call a whole channel, or hide a link behind words, by the name of a technology."""
    words = str(text)
    if len(words) > _CHAT_WORDS:
        words = f"{words[: _CHAT_WORDS - 1]}…"
    escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # The second is a link where Slack's messages are read as Markdown, as in Mattermost.
    return escaped.replace("@", "@\N{ZERO WIDTH SPACE}").replace("](", "]\N{ZERO WIDTH SPACE}(")
