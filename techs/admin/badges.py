"""How levels and states look in every list: in the page's colours."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from techs.models import LevelChange


def badge(value: str, word: str = "") -> SafeString:
    """A level or a state in its colours. The word is what says it; the colour only helps to find it."""
    return format_html('<span class="techs-level is-{}">{}</span>', value, word or value) if value else SafeString("-")


class BadgeMixin:
    """For lists that show a level or a state."""

    class Media:
        css = {"all": ["techs/admin.css"]}


class LevelMoveBadges:
    """Where a change of level led, in colours."""

    @admin.display(description="from", ordering="from_level")
    def from_badge(self, change: LevelChange) -> SafeString:
        """The level that it had."""
        return badge(change.from_level)

    @admin.display(description="to", ordering="to_level")
    def to_badge(self, change: LevelChange) -> SafeString:
        """The level that it took."""
        return badge(change.to_level)
