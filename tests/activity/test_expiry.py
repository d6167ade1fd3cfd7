"""Old actions are deleted, in chunks, and the values of undo before them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from techs.activity import expiry, recording
from techs.inventory import undo
from techs.models import UNDO_FOR, Action, ActionKind, Change, ObjectKind
from techs.tasks import clean_up

pytestmark = pytest.mark.django_db(transaction=True)


def act(*, days: float, changes: int = 1) -> Action:
    made = (recording.of(ObjectKind.TECHNOLOGY, pk, "x", {}, undo={}) for pk in range(changes))
    action = recording.record(ActionKind.CHANGED, made)
    assert action
    Action.objects.filter(pk=action.pk).update(at=timezone.now() - timedelta(days=days))
    return action


def test_old_actions_are_deleted(settings: Any) -> None:
    settings.ACTIVITY_DAYS = 7
    old, new = act(days=7.1), act(days=6.9)
    clean_up()
    assert list(Action.objects.all()) == [new]
    assert not Change.objects.filter(action_id=old.pk).exists()


def test_they_stay_for_two_years() -> None:
    kept = act(days=729)
    act(days=731)
    clean_up()
    assert list(Action.objects.all()) == [kept]


def test_large_actions_are_deleted_in_chunks(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.ACTIVITY_DAYS = 7
    monkeypatch.setattr(expiry, "_CHANGES", 3)
    monkeypatch.setattr(expiry, "_ACTIONS", 2)
    for _ in range(3):
        act(days=8, changes=4)
    assert expiry.delete_old(seconds=10) == 3
    assert (Action.objects.count(), Change.objects.count()) == (0, 0)


def test_it_ends_in_time(settings: Any) -> None:
    settings.ACTIVITY_DAYS = 7
    act(days=8)
    assert expiry.delete_old(seconds=0) == 0
    assert Action.objects.exists()


def test_values_of_undo_go_after_a_day() -> None:
    day = UNDO_FOR.total_seconds() / 86400
    old, ahead, new = act(days=day + 0.01, changes=2), act(days=-365), act(days=day - 0.01)
    undo.delete_expired(seconds=10)
    kept = set(Change.objects.exclude(undo=None).values_list("action", flat=True))
    assert kept == {new.pk}
    assert set(undo.undoable()) == {new}
    assert {old, ahead} <= set(Action.objects.all())


def test_action_that_is_emptied_of_values_on_the_way_is_not_undone() -> None:
    """A worker was killed between the changes and their action."""
    action = act(days=0)
    Change.objects.update(undo=None)
    with pytest.raises(Action.DoesNotExist):
        undo.undo(action.pk)
