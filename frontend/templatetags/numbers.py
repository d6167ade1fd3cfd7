"""{% load numbers %}: counts with thousands separators."""

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString

from frontend.markup import fill, joined

register = template.Library()


@register.filter
def number(count: int) -> str:
    return f"{count:,}"


@register.filter
def cells(counts: Iterable[int]) -> SafeString:
    """Return the cells of a table with these numbers."""
    return joined(fill("<td>{}</td>", number(count)) for count in counts)
