"""{% load dates %}: dates on pages, exact or relative, with the other form on hover."""

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
    """Show "3 Apr 2026", with the distance on hover."""
    day = _day(moment)
    return _time(day, words=dates.exact(day), title=relative(day))


@register.simple_tag
def relative_day(moment: date) -> SafeString:
    """Show "in 12 days", with the date on hover."""
    day = _day(moment)
    return _time(day, words=relative(day), title=dates.exact(day))


@register.filter
def relative(moment: date) -> str:
    return dates.relative(_day(moment), today=dates.today())


@register.filter
def readable_days(text: str) -> SafeString:
    """Show ISO dates inside a text, such as 2026-04-03, in the date format of the pages."""
    return mark_safe(_DAY.sub(_readable, escape(text)))  # noqa: S308  the whole text was escaped first


def _readable(found: re.Match[str]) -> str:
    try:
        day = date.fromisoformat(found[0])
    except ValueError:
        return found[0]
    return exact_day(day)


def _day(moment: date) -> date:
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment


def _time(day: date, *, words: str, title: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', day, title, words)
