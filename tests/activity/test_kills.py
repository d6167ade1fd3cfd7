"""A process that is killed at any statement leaves a write and its record, or neither."""

from collections.abc import Callable
from typing import Any

import pytest

from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import editing, undo
from techs.models import Action, ActionKind, Change, Tech
from techs.submissions import batches, outbox, processing
from tests.faults.conftest import IS_FULL
from tests.support.factories import add
from tests.support.migrating import killed_at

pytestmark = pytest.mark.django_db(transaction=True)

Write = Callable[[], Any]


def submission() -> Write:
    uuid = outbox.accept(text="React 18", owner="Shop").uuid
    return lambda: processing.process(uuid)


def lines() -> Write:
    ids = [line.pk for line in service.accept(read("", b"React 18\nVue 3")).submissions.all()]
    return lambda: batches.process_batch(ids, seconds=5)


def edit() -> Write:
    tech = add("React 18")
    return lambda: editing.edit(tech, owner="Shop", tags=["web"])


def merge() -> Write:
    tech, _ = add("React 18", owner="Shop"), add("React 19")
    return lambda: editing.edit(tech, text="React 19")


def removal() -> Write:
    tech = add("React 18")
    return lambda: editing.remove(tech)


def undoing() -> Write:
    tech, _ = add("React 18", owner="Shop"), add("React 19")
    editing.edit(tech, text="React 19")
    pk = Action.objects.latest("pk").pk
    return lambda: undo.undo(pk)


def listed() -> set[tuple[Any, ...]]:
    return set(Tech.objects.values_list("pk", "name", "owner"))


@pytest.mark.parametrize("prepare", [submission, lines, edit, merge, removal, undoing])
def test_killed_at_any_statement(prepare: Callable[[], Write]) -> None:
    # A prime step covers different statements of different writes in a short run.
    for moment in range(1, 60, 1 if IS_FULL else 5):
        Tech.objects.all().delete()
        Action.objects.all().delete()
        write = prepare()
        before, actions = listed(), Action.objects.count()
        was_killed = killed_at(moment, write, when="after")
        assert (listed() != before) == (Action.objects.count() > actions), moment
        assert not Change.objects.filter(action=None).exists()
        assert Action.objects.exclude(undone_at=None).count() == Action.objects.filter(kind=ActionKind.UNDONE).count()
        if not was_killed:
            assert listed() != before
            return
    pytest.fail("It never ended.")
