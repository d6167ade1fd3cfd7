"""{% load options %}: the optional fields of the form for adding."""

from functools import cache

from django import template
from django.template.loader import render_to_string

from frontend.forms.tech import OptionsForm

register = template.Library()


@register.simple_tag
@cache
def unset_options() -> str:
    """Show the fields with nothing set, as on most pages. They are always the same and take a millisecond to render."""
    return render_to_string("frontend/_options.html", {"form": OptionsForm()})
