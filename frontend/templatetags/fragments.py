"""{% load fragments %}: HTML that is cached for all visitors."""

from django import template
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.safestring import SafeString, mark_safe

from frontend.presenters.row_html import CSRF_SLOT

register = template.Library()

_token = CsrfTokenNode()
# Texts on the list cannot contain it, since their quotes and brackets are escaped.
_SLOT = str(_token.render(Context({"csrf_token": CSRF_SLOT})))


@register.simple_tag(takes_context=True)
def with_csrf_token(context: Context, html: SafeString) -> SafeString:
    """Put the visitor's CSRF token into the forms of a fragment. Without forms, no token is made."""
    if _SLOT not in html:
        return html
    return mark_safe(html.replace(_SLOT, _token.render(context)))  # noqa: S308  both are rendered and escaped
