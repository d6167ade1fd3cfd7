"""{% load usages %}: services in a table, and the technologies of a service with their changes."""

from collections.abc import Iterable, Mapping

from django import template
from django.templatetags.static import static
from django.utils.safestring import SafeString

from frontend import addresses
from frontend.dates import exact, relative_day
from frontend.impacts import LABELS
from frontend.markup import fill, joined, level
from frontend.presenters.changes import Change
from frontend.presenters.service_page import UsedTech
from frontend.presenters.services_page import ServiceRow
from frontend.templatetags.bars import rects
from techs.models import ChangeKind
from techs.rules.levels import Impact, Level
from techs.rules.overrides import ACCEPTED

register = template.Library()

_LIBRARY = '<tr><th scope="row"><a class="name" href="{}">{}</a></th><td>{}</td><td>{}</td></tr>'
_TECHNOLOGY = (
    '<tr class="is-{}"><th scope="row"><svg class="shape" aria-hidden="true"><use href="{}#{}"/></svg>'
    '<span class="visually-hidden">{}: </span><a class="name" href="{}">{}</a>{}</th><td>{}</td><td>{}</td></tr>'
)
_SERVICE = """
    <tr>
      <th scope="row"><a class="name" href="{}">{}</a>{}{}</th>
      <td>{}</td>
      <td class="bar-cell">{}</td>
      <td>{}</td>
      <td>{}{}</td>
    </tr>
    """
_BAR = '<svg class="bar" role="img" aria-label="{}">{}</svg><small>{} tracked{}</small>'
_WORST = (
    '<span class="worst is-{}"><svg class="shape" aria-hidden="true"><use href="{}#{}"/></svg>'
    '<span class="visually-hidden">{}: </span><a class="name" href="{}">{}</a></span>'
)
_TAG, _HELP = ' <span class="tag">{}</span>', '<span class="help">{}</span>'
_STALE = SafeString(' <span class="tag is-old">stale</span>')
_CHANGE = "<li>{} {}{}{}</li>\n  "
_KINDS: Mapping[str, SafeString] = {
    ChangeKind.CHANGED: SafeString('<span class="tag is-changed">changed</span>'),
    ChangeKind.ENTERED: SafeString('<span class="tag is-added">added</span>'),
}
_REMOVED = SafeString('<span class="tag is-removed">removed</span>')
_ARROW = SafeString(' <span aria-hidden="true">→</span><span class="visually-hidden">to</span> ')


@register.filter
def service_rows(services: Iterable[ServiceRow]) -> SafeString:
    """Return table rows of services."""
    shapes = static("frontend/levels.svg")
    return joined(
        fill(
            _SERVICE,
            *(
                addresses.of_service(row.slug),
                row.name,
                _impact(row),
                joined(fill(_TAG, f"#{tag}") for tag in row.tags),
            ),
            *(row.owner or fill(_HELP, "no owner"), _bar(row), _worst(row, shapes)),
            *(
                relative_day(row.uploaded_at) if row.uploaded_at else fill(_HELP, "never"),
                _STALE if row.is_stale else "",
            ),
        )
        for row in services
    )


@register.filter
def technology_rows(techs: Iterable[UsedTech]) -> SafeString:
    """Return table rows of the technologies of a service."""
    shapes = static("frontend/levels.svg")
    return joined(
        fill(
            _TECHNOLOGY,
            *(shown, shapes, shown, shown.title(), addresses.of_tech(tech.id), tech.name, _accepted(tech)),
            *(tech.versions, tech.places),
        )
        for tech in techs
        for shown in (ACCEPTED if tech.accepted_until else tech.level,)
    )


@register.filter
def library_rows(techs: Iterable[UsedTech]) -> SafeString:
    return joined(fill(_LIBRARY, addresses.of_tech(tech.id), tech.name, tech.versions, tech.places) for tech in techs)


@register.filter
def change_items(changes: Iterable[Change]) -> SafeString:
    """Return list items of the changes of an upload."""
    return joined(fill(_CHANGE, _kind(each), _changed(each), _versions(each), _level(each)) for each in changes)


def _accepted(tech: UsedTech) -> SafeString:
    return fill(_TAG, f"accepted until {exact(tech.accepted_until)}") if tech.accepted_until else _NOTHING


def _impact(row: ServiceRow) -> SafeString:
    is_shown = row.impact and row.impact != Impact.NORMAL
    return fill(_TAG, f"{LABELS[row.impact].lower()} impact") if is_shown else _NOTHING


def _bar(row: ServiceRow) -> SafeString:
    if row.technologies:
        rest = f", {_libraries(row)}" if row.libraries else ""
        return fill(_BAR, row.bar_words, rects(row.segments), f"{row.technologies:,}", rest)
    if row.libraries:
        return fill("<small>{}</small>", _libraries(row))
    return fill(_HELP, "nothing" if row.uploaded_at else "nothing yet")


def _libraries(row: ServiceRow) -> str:
    return "1 library" if row.libraries == 1 else f"{row.libraries:,} libraries"


def _worst(row: ServiceRow, shapes: str) -> SafeString:
    if row.worst is None:
        return _NOTHING
    # Pages that the previous version cached have no accepted_until.
    name = ACCEPTED if row.worst.get("accepted_until") else row.worst["priority"]
    address = addresses.of_tech(row.worst["id"])
    return fill(_WORST, name, shapes, name, name.title(), address, row.worst["name"])


def _kind(change: Change) -> SafeString:
    return _KINDS.get(change.kind, _REMOVED)


def _changed(change: Change) -> str:
    if change.id and change.kind != ChangeKind.LEFT:
        return fill('<a class="name" href="{}">{}</a>', addresses.of_tech(change.id), change.name)
    return change.name


def _versions(change: Change) -> SafeString:
    arrow = _ARROW if change.before and change.after else ""
    is_known = change.before or change.after
    return fill(' <span class="versions">{}{}{}</span>', change.before, arrow, change.after) if is_known else _NOTHING


def _level(change: Change) -> SafeString:
    is_shown = change.level and change.level != Level.UNKNOWN and change.kind != ChangeKind.LEFT
    return fill(" {}", level(change.level)) if is_shown else _NOTHING


_NOTHING = SafeString("")
