"""Record actions. Call these inside the transaction of the change, so that both are committed or neither."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F

from techs.activity import actors
from techs.models import Action, ActionKind, Change, ObjectKind, Service, Tech
from techs.rules.attributes import NAME_MAX_LENGTH

# Rows per INSERT.
_BATCH = 500
# The actions of this request that later changes join, by kind.
_open: ContextVar[dict[str, Action] | None] = ContextVar("open", default=None)


@contextmanager
def as_one() -> Generator[None]:
    """Record the changes of each kind as one action, although each has its own transaction."""
    token = _open.set({})
    try:
        yield
    finally:
        _open.reset(token)


def record(kind: ActionKind, changes: Iterable[Change | None], *, actor: actors.Actor | None = None) -> Action | None:
    """Store an action with its changes, and return it, or None if nothing changed.

    The actor is the current one, unless the change was accepted from another one.
    """
    made = [change for change in changes if change]
    if not made:
        return None
    action = _joined(kind, len(made)) or _begin(kind, len(made), actor or actors.current())
    for change in made:
        change.action = action
    if len(made) == 1:
        made[0].save(force_insert=True)
    else:
        Change.objects.bulk_create(made, batch_size=_BATCH)
    return action


def _joined(kind: ActionKind, count: int) -> Action | None:
    action = (_open.get() or {}).get(kind)
    is_there = action and Action.objects.filter(pk=action.pk).update(count=F("count") + count)
    return action if is_there else None


def _begin(kind: ActionKind, count: int, actor: actors.Actor) -> Action:
    action = Action.objects.create(kind=kind, count=count, **actor.columns)
    if (begun := _open.get()) is not None:
        # Not before it is committed: the transaction may be rolled back and tried again.
        transaction.on_commit(lambda: begun.update({kind: action}))
    return action


def of_tech(tech: Tech, fields: Mapping[str, list[Any]], **values: Any) -> Change:
    """Return a change of a technology. fields maps names to values before and after (differences)."""
    return of(ObjectKind.TECHNOLOGY, tech.pk, tech.name, fields, **values)


def of_service(service: Service, fields: Mapping[str, list[Any]]) -> Change:
    return of(ObjectKind.SERVICE, service.pk, service.name, fields, service_id=service.pk)


def of(kind: ObjectKind, pk: int, name: str, fields: Mapping[str, list[Any]], **values: Any) -> Change:
    """Return an unsaved change of any object, for record()."""
    return Change(object=kind, object_id=pk, name=name[:NAME_MAX_LENGTH], fields=dict(fields), **values)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Map each field whose value differs to the values before and after, as JSON can store them.

    For a new object, before is empty, and fields that have no value are left out.
    """
    pairs = {field: [_plain(before.get(field)), _plain(value)] for field, value in after.items()}
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1] and (field in before or pair[1])}


def losses(before: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the differences of an object that is removed: its values before, and none after."""
    given = {field: value for field, value in before.items() if value}
    return differences(given, dict.fromkeys(given))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
