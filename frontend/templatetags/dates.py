"""{% load days %}: how templates show a day. Whichever way it is said, the other one is there on hover."""

import re
from datetime import UTC, date, datetime

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from frontend import dates

register = template.Library()

_DAY = re.compile(r"(?<![\w-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-])", re.ASCII)


@register.simple_tag
def exact_day(moment: date) -> SafeString:
    """3 Apr 2026, which says on hover how far that is."""
    day = _day(moment)
    return _time(day, words=dates.exact(day), title=relative(day))


@register.simple_tag
def relative_day(moment: date) -> SafeString:
    """In 12 days, which says on hover when that is."""
    day = _day(moment)
    return _time(day, words=relative(day), title=dates.exact(day))


@register.filter
def relative(moment: date) -> str:
    """The words alone, beside a day that is shown exactly."""
    return dates.relative(_day(moment), today=dates.today())


@register.filter
def readable_days(text: str) -> SafeString:
    """A text whose days, such as 2026-04-03, stay whole where a line ends, and say on hover how far they are."""
    return mark_safe(_DAY.sub(_readable, escape(text)))  # noqa: S308  all of it was escaped, and a day has no markup


def _readable(found: re.Match[str]) -> str:
    try:
        day = date.fromisoformat(found[0])
    except ValueError:
        return found[0]
    return exact_day(day)


def _day(moment: date) -> date:
    """The day (UTC) of a day, or of a moment."""
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment


def _time(day: date, *, words: str, title: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', day, title, words)
