"""{% load days %}: how templates show a day. Whichever way it is said, the other one is there on hover."""

from datetime import UTC, date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from frontend import days

register = template.Library()


@register.simple_tag
def exact_day(moment: date) -> SafeString:
    """3 Apr 2026, which says on hover how far that is."""
    day = _day(moment)
    return _time(day, words=days.exact(day), title=relative(day))


@register.simple_tag
def relative_day(moment: date) -> SafeString:
    """In 12 days, which says on hover when that is."""
    day = _day(moment)
    return _time(day, words=relative(day), title=days.exact(day))


@register.filter
def relative(moment: date) -> str:
    """The words alone, beside a day that is shown exactly."""
    return days.relative(_day(moment), today=days.today())


def _day(moment: date) -> date:
    """The day (UTC) of a day, or of a moment."""
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment


def _time(day: date, *, words: str, title: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', day, title, words)
