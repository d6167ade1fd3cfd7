"""Record actions as the application does, at any time and by anybody."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from techs.activity import recording
from techs.activity.actors import Actor
from techs.models import Action, ActionKind, ActorKind, Change, ObjectKind

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def user(name: str = "alice") -> Actor:
    return Actor(kind=ActorKind.USER, name=name)


def tech(pk: int = 1, name: str = "Django 3.2", /, **fields: list[Any]) -> Change:
    return recording.of(ObjectKind.TECHNOLOGY, pk, name, fields)


def act(
    *changes: Change,
    kind: ActionKind = ActionKind.CHANGED,
    actor: Actor | None = None,
    at: datetime | None = None,
) -> Action:
    """Record an action, by default of alice. at: its time, by default a second after that of the action before."""
    action = recording.record(kind, changes or [tech(owner=["Shop", "Payments"])], actor=actor or user())
    assert action is not None
    action.at = at or NOON + timedelta(seconds=action.pk)
    action.save()
    action.changes.update(at=action.at)
    return action


def ids(rows: Iterable[Any]) -> list[int]:
    return [row["id"] for row in rows]
