"""Record actions. Call these inside the transaction of the change, so that both are committed or neither."""

from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any, TypeAlias

from django.core import serializers
from django.db import connection, transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from techs import bulk
from techs.activity import actors
from techs.models import (
    Action,
    ActionKind,
    ActorFields,
    Change,
    Import,
    LevelChange,
    ObjectKind,
    Service,
    Submission,
    Tech,
    TechDateChange,
    UsageChange,
)
from techs.models.activity import ACTOR_FIELDS
from techs.rules.attributes import NAME_MAX_LENGTH

# Rows per INSERT.
_BATCH = 500
_SUBMISSIONS_TO_RESTORE = 100
# The actions of this request that later changes join, by kind.
_open: ContextVar[dict[str, Action] | None] = ContextVar("open", default=None)

Actor: TypeAlias = actors.Actor | ActorFields
Fields: TypeAlias = dict[str, list[Any]]
"""Values before and after, by field."""


@contextmanager
def as_one() -> Generator[Mapping[str, Action], None, None]:
    """Record the changes of each kind as one action, although each has its own transaction. Yield these actions."""
    token = _open.set(begun := {} if (outer := _open.get()) is None else outer)
    try:
        yield begun
    finally:
        _open.reset(token)


def record(kind: ActionKind, changes: Iterable[Change | None], *, actor: Actor | None = None) -> Action | None:
    """Store an action with its changes, and return it, or None if nothing changed.

    actor: another actor than the current one, such as that of a stored submission, import or upload.
    """
    made = [change for change in changes if change]
    if not made:
        return None
    keeps_undo = any(change.undo is not None for change in made)
    action = _joined(kind, len(made)) or _begin(kind, len(made), _columns(actor), keeps_undo=keeps_undo)
    _add(action, made)
    return action


def record_import(pk: int, changes: Iterable[Change | None], *, actor: Actor) -> None:
    """Store changes in the action of an import, which has one for all of its lines, unless it was undone meanwhile."""
    made = [change for change in changes if change]
    if not made:
        return
    # Locked, because other workers record lines of the same import.
    stored = Import.objects.select_for_update().filter(pk=pk).values_list("action", flat=True).first()
    standing = Action.objects.filter(pk=stored or 0, undone_at=None)
    if stored and standing.update(count=F("count") + len(made)):
        _add(standing.get(), made)
    elif action := record(ActionKind.IMPORTED, made, actor=actor):
        Import.objects.filter(pk=pk).update(action=action.pk)


def record_each(actions: Iterable[tuple[ActionKind, Change, Actor]]) -> None:
    """Store an action for each of these changes, as record() does for one, but with few queries."""
    made = [(Action(kind=kind, count=1, **_columns(actor)), change) for kind, change, actor in actions]
    if connection.features.can_return_rows_from_bulk_insert:
        bulk.insert((action for action, _ in made), batch_size=_BATCH)
    else:
        for action, _ in made:
            action.save(force_insert=True)
    for action, change in made:
        change.action_id, change.at = action.pk, action.at
    bulk.insert((change for _, change in made), batch_size=_BATCH)


def of_tech(tech: Tech, fields: Fields, *, undo: dict[str, Any] | None = None) -> Change | None:
    """Return a change of a technology, or None if no field differs.

    undo: additional values for undo, perhaps none. With None, the change cannot be undone.
    """
    return of(ObjectKind.TECHNOLOGY, tech.pk, tech.name, fields, undo=undo) if fields else None


def of_removed(*techs: Tech) -> list[Change]:
    """Return the changes of rows that are about to be deleted, with the ids of rows that refer to them."""
    referring = _referring([tech.pk for tech in techs])
    return [
        of(
            ObjectKind.TECHNOLOGY,
            tech.pk,
            tech.name,
            differences(tech.recorded_values, {}),
            undo={"row": serializers.serialize("json", [tech])} | {name: ids[tech.pk] for name, ids in referring},
        )
        for tech in techs
    ]


def _referring(techs: Sequence[int]) -> list[tuple[str, Mapping[int, list[int]]]]:
    """Return the ids of rows that refer to technologies, by relation and technology, in a query for each relation."""
    of_techs = {"tech__in": techs}
    newest = Window(RowNumber(), partition_by="tech", order_by="-pk")
    return [
        ("level_changes", _by_tech(LevelChange.objects.filter(**of_techs))),
        ("date_changes", _by_tech(TechDateChange.objects.filter(**of_techs))),
        ("usage_changes", _by_tech(UsageChange.objects.filter(**of_techs))),
        # A technology may have been submitted thousands of times.
        (
            "submissions",
            _by_tech(Submission.objects.filter(**of_techs).annotate(n=newest).filter(n__lte=_SUBMISSIONS_TO_RESTORE)),
        ),
    ]


def _by_tech(rows: QuerySet[Any]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for tech, pk in rows.order_by("-pk").values_list("tech_id", "pk"):
        found[tech].append(pk)
    return found


def of_service(service: Service, fields: Fields) -> Change:
    return of(ObjectKind.SERVICE, service.pk, service.name, fields, service_id=service.pk)


def of_usage(change: UsageChange) -> Change:
    # A technology that does not count, such as a range beside an exact version, is not on the list: 0.
    fields: Fields = {"versions": [change.before, change.after]}
    pk = change.tech_id or 0
    return of(ObjectKind.TECHNOLOGY, pk, change.name, fields, service_id=change.service_id)


def of(kind: ObjectKind, pk: int, name: str, fields: Fields, **values: Any) -> Change:
    """Return an unsaved change of any object, for record()."""
    return bulk.new(Change, object=kind, object_id=pk, name=name[:NAME_MAX_LENGTH], fields=fields, **values)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Fields:
    """Map each field whose value differs to the values before and after, as JSON can store them.

    For a new object, before is empty, and for a removed one, after. Fields without a value are left out then.
    """
    pairs = {field: [_plain(before.get(field)), _plain(after.get(field))] for field in after or before}
    is_whole = not (before and after)
    return {field: pair for field, pair in pairs.items() if (any(pair) if is_whole else pair[0] != pair[1])}


def _add(action: Action, made: Sequence[Change]) -> None:
    for change in made:
        change.action_id, change.at = action.pk, action.at
    if len(made) == 1:
        made[0].save(force_insert=True)
    else:
        bulk.insert(made, batch_size=_BATCH)


def _joined(kind: ActionKind, count: int) -> Action | None:
    action = (_open.get() or {}).get(kind)
    is_there = action and Action.objects.filter(pk=action.pk).update(count=F("count") + count)
    return action if is_there else None


def _begin(kind: ActionKind, count: int, columns: Mapping[str, str], *, keeps_undo: bool) -> Action:
    action = Action.objects.create(kind=kind, count=count, keeps_undo=keeps_undo, **columns)
    if (begun := _open.get()) is not None:
        # Not before it is committed: the transaction may be rolled back and tried again.
        transaction.on_commit(lambda: begun.update({kind: action}))
    return action


def _columns(actor: Actor | None) -> dict[str, str]:
    if isinstance(actor, ActorFields) and actor.actor_kind:
        return {field: getattr(actor, field) for field in ACTOR_FIELDS}
    if isinstance(actor, ActorFields):
        return actors.WORKER.columns  # an older version stored no actor
    return (actor or actors.current()).columns


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
