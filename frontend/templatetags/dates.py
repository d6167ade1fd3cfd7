"""{% load dates %}: dates on pages."""

from django import template

from frontend.dates import exact_day, readable_days, relative, relative_day

register = template.Library()

register.simple_tag(exact_day)
register.simple_tag(relative_day)
register.filter(relative)
register.filter(readable_days)
