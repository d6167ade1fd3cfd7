"""{% load rows %}: long tables and bars, which a loop in a template would take several times as long to render."""

from collections.abc import Iterable

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from frontend.presenters.overview import Segment
from frontend.presenters.service_page import UsedTech

register = template.Library()

_LINK = '<a class="name" href="{url}techs/{id}/">{name}</a></th><td>{versions}</td><td>{places}</td></tr>'
_LIBRARY = f'<tr><th scope="row">{_LINK}'
_TECH = (
    '<tr class="is-{level}"><th scope="row"><svg class="shape" aria-hidden="true"><use href="{shapes}#{level}"/></svg>'
    f'<span class="visually-hidden">{{title}}: </span>{_LINK}'
)


@register.filter
def rects(segments: Iterable[Segment]) -> SafeString:
    """Return the parts of a bar."""
    template_ = '<rect class="is-{}" x="{}" width="{}" height="100%"/>'
    return format_html_join("", template_, ((part.level, part.x, part.width) for part in segments))


@register.filter
def used_techs(techs: Iterable[UsedTech]) -> SafeString:
    """Return the rows of technologies with their levels, versions and places."""
    return _rows(_TECH, techs)


@register.filter
def used_libraries(techs: Iterable[UsedTech]) -> SafeString:
    """Return the rows of libraries with their versions and places."""
    return _rows(_LIBRARY, techs)


def _rows(template_: str, techs: Iterable[UsedTech]) -> SafeString:
    everywhere = {"url": reverse("frontend:list"), "shapes": static("frontend/levels.svg")}
    rows = (
        {
            "id": tech.id,
            "level": tech.level,
            "title": tech.level.title(),
            "name": tech.name,
            "versions": tech.versions,
            "places": tech.places,
            **everywhere,
        }
        for tech in techs
    )
    return format_html_join("", template_, rows)
