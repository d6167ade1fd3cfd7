"""{% load bars %}: bars of levels."""

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString, mark_safe

from frontend.presenters.overview import Segment

register = template.Library()


@register.filter
def rects(segments: Iterable[Segment]) -> SafeString:
    """Return the parts of a bar. A loop in a template takes many times as long, and tables have many bars."""
    parts = (f'<rect class="is-{each.level}" x="{each.x}" width="{each.width}" height="100%"/>' for each in segments)
    return mark_safe("".join(parts))  # noqa: S308  only levels and percentages
