"""Coloured badges for levels and states."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from techs.models import LevelChange, UsageChange


def badge(value: str, text: str = "") -> SafeString:
    """Render a level or a state in its colour. The text says the same, so colour is never the only cue."""
    return format_html('<span class="techs-level is-{}">{}</span>', value, text or value) if value else SafeString("-")


class BadgeMixin:
    """Loads the style sheet of the badges."""

    class Media:
        css = {"all": ["techs/admin.css"]}


class LevelMoveBadges:
    """Columns for the old and the new level of a change."""

    @admin.display(description="from", ordering="from_level")
    def from_badge(self, change: LevelChange) -> SafeString:
        return badge(change.from_level)

    @admin.display(description="to", ordering="to_level")
    def to_badge(self, change: LevelChange) -> SafeString:
        return badge(change.shown_level)


class UsageChangeColumns:
    """Columns for the versions before and after a change, and its level."""

    @admin.display
    def versions(self, change: UsageChange) -> str:
        return " \N{RIGHTWARDS ARROW} ".join(", ".join(each) for each in (change.before, change.after) if each)

    @admin.display(description="level then", ordering="level")
    def level_badge(self, change: UsageChange) -> SafeString:
        return badge(change.level)
