"""{% load numbers %}: counts with thousands separators."""

from django import template

from frontend.markup import cells

register = template.Library()


@register.filter
def number(count: int) -> str:
    return f"{count:,}"


register.filter(cells)
