"""Messages that offer to undo an action."""

from collections.abc import Iterable

from django import template
from django.contrib.messages.storage.base import Message

register = template.Library()


@register.filter
def offers_undo(messages: Iterable[Message]) -> bool:
    """Return True if one of these messages offers to undo an action, which is its tag."""
    return any(message.extra_tags for message in messages)
