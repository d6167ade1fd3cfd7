"""Rows of the list as HTML, which is the same for every visitor. A template takes many times as long."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from urllib.parse import quote

from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString

from frontend import addresses
from frontend.dates import exact, relative, today, unbroken_days
from frontend.impacts import LABELS
from frontend.markup import fill, joined
from frontend.presenters.rows import LevelOverride, Move, Row, Target

_ROW = (
    '<tr id="tech-{}" class="row is-{}{}">'
    '<td class="pick"><input class="select" type="checkbox" name="tech" value="{}" form="selection" autocomplete="off"'
    ' aria-labelledby="name-{}"></td>'
    '<td class="mark"><svg class="shape" aria-hidden="true"><use href="{}#{}"/></svg>{}</td>'
    '<th scope="row" class="what"><a id="name-{}" class="name" href="{}">{}</a>{}<p class="reason">{}</p></th>'
    '<td class="to">{}</td><td class="ends">{}</td><td class="used">{}</td><td class="owned">{}</td></tr>\n'
)
_TARGET = "{}<small>{}</small>"
_END = '<time datetime="{}">{}</time><small>{}</small>'
_USED = '<a href="{}#used-by" tabindex="-1"{}>{}</a>'
_VERSIONS = ' title="Versions: {}"'
# Not reached with Tab, because a hundred rows have hundreds of them. The filters above the list do the same.
_OWNER = '<a class="owner" href="{}?owner={}" tabindex="-1">{}</a>'
_LABEL = '<a class="label" href="{}?tag={}" tabindex="-1">{}</a>'
_TAG = ' <span class="tag{}">{}</span>'
_MOVE = ' <small class="move">was {} until {}</small>'
_NOTHING = SafeString("")


# About 1 kB each. The longest page has 500 rows.
_KEPT = 600


def rendered(rows: Iterable[Row], *, suffix: str = "") -> SafeString:
    """Return table rows. suffix: keeps ids unique if a technology appears several times on a page."""
    place = (suffix, get_script_prefix(), today())
    return joined(_row(row, *place) for row in rows)


# After a change, most rows of a page are the same as before. All that their HTML depends on is part of the key.
@lru_cache(maxsize=_KEPT)
def _row(row: Row, suffix: str, _prefix: str, _today: date) -> SafeString:
    shapes, list_url = static("frontend/levels.svg"), reverse("frontend:list")
    has_moved_now = row.move is not None and row.move.is_new
    shape = "accepted" if row.is_accepted else row.level
    key = f"{row.id}{suffix}"
    return fill(
        _ROW,
        *(key, shape, " is-new" if row.is_new or has_moved_now else "", row.id, key),
        *(shapes, shape, shape.title()),
        *(key, addresses.of_tech(row.id), row.name, joined(_tags(row)), unbroken_days(row.reason)),
        *(_target(row.target), _end(row), _used(row), _labels(row, list_url)),
    )


def _tags(row: Row) -> Iterator[SafeString]:
    if row.is_new:
        yield fill(_TAG, " is-new", "new")
    if row.impact != "normal":
        yield fill(_TAG, f" is-impact-{row.impact}", f"{LABELS[row.impact].lower()} impact")
    if row.extended_support:
        yield fill(_TAG, "", "extended support")
    if row.is_unversioned:
        yield fill(_TAG, "", "versionless")
    if row.is_library:
        yield fill(_TAG, "", "library")
    if row.override:
        yield fill(_TAG, "", _override(row.override, is_accepted=row.is_accepted))
    if row.move:
        yield _move(row.move)


def _override(override: LevelOverride, *, is_accepted: bool) -> str:
    verb = "accepted" if is_accepted else "overridden"
    return f"{verb} until {exact(override.until)}, computed {override.rule_level.title()}"


def _move(move: Move) -> SafeString:
    return fill(_MOVE, move.from_level.title(), exact(move.on))


def _target(target: Target | None) -> SafeString:
    return fill(_TARGET, target.name, target.support) if target else _NOTHING


def _end(row: Row) -> SafeString:
    end = row.end_of_life
    return fill(_END, end, exact(end), relative(end, today=today())) if end else _NOTHING


def _used(row: Row) -> SafeString:
    if not row.services:
        return _NOTHING
    versions = fill(_VERSIONS, row.versions) if row.versions else _NOTHING
    return fill(_USED, addresses.of_tech(row.id), versions, f"{row.services:,}")


def _labels(row: Row, list_url: str) -> SafeString:
    owner = [fill(_OWNER, list_url, quote(row.owner, safe=""), row.owner)] if row.owner else []
    tags = [fill(_LABEL, list_url, quote(tag, safe=""), tag) for tag in row.tags]
    return joined([*owner, *tags])
