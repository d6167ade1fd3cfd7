"""{% load numbers %}: counts with thousands separators."""

from django import template

register = template.Library()


@register.filter
def number(count: int) -> str:
    return f"{count:,}"
