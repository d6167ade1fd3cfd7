"""Record actions. Call these inside the transaction of the change, so that both are committed or neither."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from techs.activity import actors
from techs.models import Action, ActionKind, Change, ObjectKind, Service, Tech
from techs.rules.attributes import NAME_MAX_LENGTH

# Rows per INSERT.
_BATCH = 500


def record(kind: ActionKind, changes: Iterable[Change | None], *, actor: actors.Actor | None = None) -> Action | None:
    """Store an action with its changes, and return it, or None if nothing changed.

    The actor is the current one, unless the change was accepted from another one.
    """
    made = [change for change in changes if change]
    if not made:
        return None
    action = Action.objects.create(kind=kind, count=len(made), **(actor or actors.current()).columns)
    for change in made:
        change.action, change.at = action, action.at
    if len(made) == 1:
        made[0].save(force_insert=True)
    else:
        Change.objects.bulk_create(made, batch_size=_BATCH)
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


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
