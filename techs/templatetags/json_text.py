"""{% load json_text %}: JSON on the pages of the API, with links, and with names and strings to be coloured."""

import re

from django import template
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_NAME = re.compile(r"^( *)(&quot;.*?&quot;): ", re.MULTILINE)


@register.filter
def json_text(content: str) -> SafeString:
    """Escape indented JSON. Names stand in <i>."""
    return mark_safe(_NAME.sub(r"\1<i>\2</i>: ", urlize(content, nofollow=True, autoescape=True)))  # noqa: S308  escaped by urlize
