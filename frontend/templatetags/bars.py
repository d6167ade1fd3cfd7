"""{% load bars %}: bars of levels."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from frontend.presenters.overview import Segment

register = template.Library()


@register.filter
def rects(segments: Iterable[Segment]) -> SafeString:
    """Return the parts of a bar. A loop in a template takes three times as long, and tables have many bars."""
    parts = ((part.level, part.x, part.width) for part in segments)
    return format_html_join("", '<rect class="is-{}" x="{}" width="{}" height="100%"/>', parts)
