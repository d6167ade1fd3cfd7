"""Sentences about actions, such as "alice changed the owner of Django 3.2 from Shop to Payments"."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from frontend import addresses
from frontend.dates import exact, plain_days
from frontend.impacts import LABELS
from techs.inventory.activity_reads import Entry, Existing
from techs.models import Action, ActionKind, ActorKind, Change, ObjectKind
from techs.rules.levels import Level
from techs.rules.services import slug_of

# Objects and fields that a sentence names. Of more, it has the number.
_NAMED = 3
# Characters of a value inside a sentence. Longer ones follow below it.
_INLINE = 60
_FIELDS = {
    "name": "name and version",
    "unversioned": "versionless",
    "override_review_on": "review date",
    "by_hand": "added by hand",
    "kind": "tracking",
    "is_active": "active",
    "is_staff": "admin access",
    "is_superuser": "all permissions",
    "user_permissions": "permissions",
    "products_changed": "changed products",
}
_NOUNS = {
    ObjectKind.TECHNOLOGY.value: ("technology", "technologies"),
    ObjectKind.SOURCE.value: ("file", "files"),
    ObjectKind.TOKEN.value: ("API token", "API tokens"),
    "delivery": ("delivery", "deliveries"),
}
# Objects whose names alone are clear. The others are named with their kind.
_BARE = {ObjectKind.TECHNOLOGY, ObjectKind.SERVICE}
_VERBS = {ActionKind.UNDONE: "undid a change to", ActionKind.REQUEUED: "repeated"}
_SWITCHES = {
    ("extended_support", True): ("turned on extended support of ", ""),
    ("extended_support", False): ("turned off extended support of ", ""),
    ("unversioned", True): ("marked ", " as versionless"),
    ("unversioned", False): ("stopped marking ", " as versionless"),
    ("by_hand", True): ("put ", " on the list by hand"),
    ("by_hand", False): ("let ", " leave the list with its last service"),
}
# Values that new technologies have unless somebody chooses others.
_USUAL = {"impact": "normal", "kind": "tracked", "by_hand": True}


# Labels of values of the API.
_LABELS: Mapping[str, Mapping[str, str]] = {
    "impact": {value: label.lower() for value, label in LABELS.items()},
    "level_override": {Level.LOW: "low, risk accepted"},
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence. is_value: a name or value instead of words."""

    text: str
    url: str = ""
    is_value: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A changed field. Private values are both empty."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Detail:
    """A changed object with its changed fields. is_named: the sentence names it already."""

    name: Piece
    lines: list[Line]
    is_named: bool


def sentence(entry: Entry, existing: Existing, *, file: str = "") -> list[Piece]:
    """Return the parts of a sentence about an action. file: the name of an imported file."""
    return [_actor(entry.action), _words(" "), *_predicate(entry, existing, file)]


def details(entry: Entry, existing: Existing) -> list[Detail]:
    """Return the changed fields that the sentence does not mention."""
    if len(entry.changes) == 1 and entry.action.kind == ActionKind.CHANGED and _fits(entry.changes[0]):
        return []
    found = all_details(entry, existing)
    is_listed = len(found) > _NAMED or entry.action.kind == ActionKind.UPLOADED
    return [detail for detail in found if detail.lines or is_listed]


def all_details(entry: Entry, existing: Existing) -> list[Detail]:
    is_named = len(entry.changes) == 1 and entry.action.kind != ActionKind.UPLOADED
    return [Detail(_name(change, existing), list(_lines(change)), is_named) for change in entry.changes]


def via(action: Action) -> str:
    """Name the token that was used, if any."""
    return f"with the token {action.via}" if action.actor_kind == ActorKind.TOKEN and action.via else ""


def _actor(action: Action) -> Piece:
    # An older version recorded no actor of the edits and removals that could be undone.
    url = _url_of(actor=action.actor or action.actor_kind) if action.actor_kind else ""
    if action.actor:
        return Piece(action.actor, url)
    if action.actor_kind == ActorKind.COMMAND:
        return Piece(f"The command {action.via}" if action.via else "A command", url)
    return Piece("Techlist" if action.actor_kind == ActorKind.WORKER else "Somebody", url)


def _predicate(entry: Entry, existing: Existing, file: str) -> Iterator[Piece]:
    action, changes = entry.action, entry.changes
    first = changes[0] if changes else None
    source = next((each for each in changes if each.object == ObjectKind.SOURCE), None)
    if first is None:
        yield from (_words(f"{_verb(action)} "), *_number(action.count, changes))
    elif action.kind == ActionKind.UPLOADED or (action.kind == ActionKind.REMOVED and source):
        yield from _upload(entry, existing, source)
    elif action.kind in _REPLACEMENTS and (names := _replaced(action, changes, existing)):
        yield from (_words(_REPLACEMENTS[ActionKind(action.kind)][0]), names[0])
        yield from (_words(_REPLACEMENTS[ActionKind(action.kind)][1]), names[1])
    elif action.kind == ActionKind.CHANGED and action.count == 1 and first.fields:
        yield from _change(first, existing)
    else:
        yield from (_words(f"{_verb(action)} "), *_objects(action, changes, existing))
        yield from (_words(" from "), Piece(file)) if file else ()


# Words before and between two technologies of which one replaced the other.
_REPLACEMENTS = {
    ActionKind.RESOLVED: ("upgraded ", " to "),
    ActionKind.REMOVED: ("merged ", " into "),
    ActionKind.CHANGED: ("merged ", " into "),
}


def _replaced(action: Action, changes: Sequence[Change], existing: Existing) -> tuple[Piece, Piece] | None:
    """Return the technology that another one replaced, or the former name of one, and the present one."""
    gone = [change for change in changes if change.fields.get("name", ("", ""))[1] is None]
    kept = [change for change in changes if change not in gone]
    if len(gone) == len(kept) == 1:
        return _name(gone[0], existing), _name(kept[0], existing)
    if action.kind == ActionKind.RESOLVED and len(kept) == 1 and "name" in kept[0].fields:
        return Piece(text_of(kept[0].fields["name"][0])), _name(kept[0], existing)
    return None


def _upload(entry: Entry, existing: Existing, source: Change | None) -> Iterator[Piece]:
    changes = entry.changes
    techs = entry.action.count - (1 if source else 0)
    yield _words("removed " if entry.action.kind == ActionKind.REMOVED else "uploaded ")
    yield from (_words("the file "), Piece(source.name)) if source else (_words("a file"),)
    yield from (_words(" of "), _service(changes[0], existing))
    if len(changes) < min(entry.action.count, _NAMED + 1):
        # The query asked for these only.
        names = ", ".join(change.name for change in changes)
        yield from (_words(": "), Piece(names), _words(" and more"))
    elif techs:
        yield _words(f": {techs:,} change{'s' if techs > 1 else ''}")


def _change(change: Change, existing: Existing) -> Iterator[Piece]:
    """Describe a change of a single object."""
    labels = [label_of(field) for field in change.fields]
    if until := _accepted_until(change):
        yield from (_words("accepted the risk of "), *_object(change, existing), _words(" until "), Piece(until))
        return
    if len(labels) > 1 or not _fits(change):
        yield from (_words(f"changed the {_joined(labels)} of "), *_object(change, existing))
        return
    [(field, (before, after))] = change.fields.items()
    if isinstance(after, bool) and (field, after) in _SWITCHES and change.object == ObjectKind.TECHNOLOGY:
        start, end = _SWITCHES[field, after]
        yield from (_words(start), *_object(change, existing), *([_words(end)] if end else []))
    elif field == "name":
        yield from (_words("changed "), Piece(text_of(before)), _words(" to "), *_object(change, existing))
    else:
        old, new = (plain_days(text_of(value, field)) for value in (before, after))
        yield from _one_field(change, labels[0], old, new, existing)


def _accepted_until(change: Change) -> str:
    """Return the review date if the change accepts the risk of a technology."""
    level, until = (change.fields.get(name, (None, None))[1] for name in ("level_override", "override_review_on"))
    is_acceptance = change.object == ObjectKind.TECHNOLOGY and level == Level.LOW and isinstance(until, str)
    day = date.fromisoformat(until) if is_acceptance else None
    return exact(day) if day else ""


def _one_field(change: Change, label: str, before: str, after: str, existing: Existing) -> Iterator[Piece]:
    verb = "changed" if before and after else "set" if after else "cleared" if before else "changed"
    yield from (_words(f"{verb} the {label} of "), *_object(change, existing))
    if before and after:
        yield from (_words(" from "), Piece(before))
    elif before:
        yield from (_words(", which was "), Piece(before))
    if after:
        yield from (_words(" to "), Piece(after))


def _objects(action: Action, changes: Sequence[Change], existing: Existing) -> Iterator[Piece]:
    if len(changes) > _NAMED:
        yield from _number(action.count, changes)
        return
    rest = action.count - len(changes)
    named = [list(_object(change, existing)) for change in changes]
    named += [list(_number(rest, changes, more=True))] if rest > 0 else []
    for number, pieces in enumerate(named):
        yield from [_words(" and " if number == len(named) - 1 else ", ")] if number else []
        yield from pieces


def _number(count: int, changes: Sequence[Change], *, more: bool = False) -> Iterator[Piece]:
    kinds = {change.object for change in changes}
    one, several = _noun(kinds.pop()) if len(kinds) == 1 else ("entry", "entries")
    yield Piece(f"{count:,} {'more ' if more else ''}{one if count == 1 else several}")


def _object(change: Change, existing: Existing) -> Iterator[Piece]:
    if change.object == ObjectKind.LIFECYCLE_DATA:
        yield from (_words("the lifecycle data of "), _name(change, existing))
    elif change.object in _BARE:
        yield _name(change, existing)
    else:
        yield from (_words(f"the {_noun(change.object)[0]} "), _name(change, existing))
    if change.object == ObjectKind.SOURCE:
        yield from (_words(" of "), _service(change, existing))


def _name(change: Change, existing: Existing) -> Piece:
    return Piece(change.name, _page_of(change, existing))


def _service(change: Change, existing: Existing) -> Piece:
    service = existing.services.get(change.service_id or 0)
    return Piece(service.name, addresses.of_service(service.slug)) if service else _words("a service")


def _page_of(change: Change, existing: Existing) -> str:
    """Return the address of the object or, if it was removed, of its activity."""
    if change.object == ObjectKind.TECHNOLOGY and change.object_id:
        is_there = change.object_id in existing.techs
        return addresses.of_tech(change.object_id) if is_there else _url_of(tech=change.object_id)
    service = existing.services.get(change.service_id or 0) if change.object == ObjectKind.SERVICE else None
    return addresses.of_service(service.slug) if service else ""


def _lines(change: Change) -> Iterator[Line]:
    usual = _USUAL | {"name": change.name}
    if change.object == ObjectKind.SERVICE:
        usual["slug"] = slug_of(change.name)
    for field, (before, after) in change.fields.items():
        value = before if after is None else after
        # Of new and removed objects, leave out the values that are always the same.
        if not ((before is None or after is None) and field in usual and usual[field] == value):
            yield Line(label_of(field), text_of(before, field), text_of(after, field))


def _fits(change: Change) -> bool:
    """Return True if the sentence has room for the changed values."""
    values = [text_of(value, field) for field, pair in change.fields.items() for value in pair]
    return len(change.fields) == 1 and all(len(value) <= _INLINE and value.isprintable() for value in values)


def label_of(field: str) -> str:
    return _FIELDS.get(field, field.replace("_", " "))


def text_of(value: Any, field: str = "") -> str:
    """Return the value of a field as people read it. Nothing is ""."""
    if field in _LABELS and isinstance(value, str):
        return _LABELS[field].get(value, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(text_of, value))
    return "" if value is None else str(value)


def _verb(action: Action) -> str:
    return _VERBS.get(ActionKind(action.kind), action.kind) if action.kind in ActionKind.values else action.kind


def _noun(kind: str) -> tuple[str, str]:
    return _NOUNS.get(kind, (kind, f"{kind}s"))


def _joined(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _words(text: str) -> Piece:
    return Piece(text, is_value=False)


def _url_of(**filters: Any) -> str:
    return f"{reverse('frontend:activity')}?{urlencode(filters)}"
