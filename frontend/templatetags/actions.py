"""{% load actions %}: the changed fields of actions."""

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString

from frontend.dates import readable_days
from frontend.markup import fill, joined
from frontend.presenters.activity_words import Detail, Line, Piece

register = template.Library()

_DETAIL = "\n  <div><dt{}>{}</dt>\n  {}</div>"
_HIDDEN, _WAS = SafeString(' class="visually-hidden"'), SafeString('<span class="visually-hidden">was </span>')
_ARROW = SafeString(' <span aria-hidden="true">→</span><span class="visually-hidden">to</span> ')


@register.filter
def detail_items(details: Iterable[Detail]) -> SafeString:
    """Return the changed objects with their fields, as parts of a <dl>."""
    return joined(
        fill(_DETAIL, _HIDDEN if each.is_named else "", _name(each.name), joined(map(_line, each.lines)))
        for each in details
    )


def _name(name: Piece) -> str:
    return fill('<a class="name" href="{}">{}</a>', name.url, name.text) if name.url else name.text


def _line(line: Line) -> SafeString:
    if not (line.before or line.after):
        return fill("<dd>{}</dd>", line.label)
    before = fill("{}<del>{}</del>", "" if line.after else _WAS, readable_days(line.before)) if line.before else ""
    after = fill("<ins>{}</ins>", readable_days(line.after)) if line.after else ""
    return fill("<dd>{}: {}{}{}</dd>", line.label, before, _ARROW if before and after else "", after)
