"""Random histories of writes: the record of each is complete, can be replayed, and can be undone backwards."""

import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

import pytest

from techs.activity import actors
from techs.activity.actors import Actor
from techs.exceptions import AlreadyListed, ChangedMeanwhile
from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import editing, undo
from techs.models import Action, ActionKind, ActorKind, Tech
from techs.rules.attributes import TechAttributes
from techs.submissions import batches, outbox, processing

pytestmark = pytest.mark.django_db(transaction=True)

WRITES = 40
PEOPLE = [
    Actor(kind=ActorKind.USER, name="ada", request_id="1"),
    Actor(kind=ActorKind.TOKEN, name="bob", via="ci", request_id="2"),
    Actor(kind=ActorKind.ANONYMOUS, request_id="3"),
]
NAMES = ["Django 3.2", "django 3.2", "Django 5.2", "djano 3.2", "React 17", "our wiki", "Redis 6"]
VALUES: dict[str, list[Any]] = {
    "owner": ["", "Shop", "Pay"],
    "tags": [[], ["web"], ["api", "web"]],
    "impact": ["low", "normal", "high"],
    "note": ["", "Soon."],
    "extended_support": [False, True],
}

Values: TypeAlias = dict[str, Any]
State: TypeAlias = dict[int, Values]
"""Values that people set, by the id of the row."""
DEFAULTS = dict.fromkeys(Tech().recorded_values)


def current() -> State:
    return {tech.pk: tech.recorded_values for tech in Tech.objects.all()}


def applied(state: State, actions: Iterable[Action], *, side: int = 1) -> State:
    """Return the state after actions, or, with side 0, after they are undone."""
    after = {pk: dict(values) for pk, values in state.items()}
    for action in actions:
        for change in action.changes.order_by("pk" if side else "-pk"):
            values = after.setdefault(change.object_id, dict(DEFAULTS))
            values |= {field: pair[side] for field, pair in change.fields.items()}
            if values["name"] is None:
                del after[change.object_id]
    return after


def plain(state: Mapping[int, Values]) -> State:
    """Leave out values that nobody has set, as the record of additions and removals does."""
    return {pk: {field: value for field, value in values.items() if value} for pk, values in state.items()}


class History:
    """Writes by several actors, each compared with its record."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  a repeatable choice, no secret
        self.standing: list[tuple[Action, State]] = []
        """The actions that can be undone, with the state before each."""

    def run(self) -> None:
        for _ in range(WRITES):
            work = self.chance.choices(
                [self.submit, self.imports, self.edit, self.rename, self.remove, self.undo_newest, self.undo_any],
                weights=[5, 2, 5, 4, 2, 2, 2],
            )[0]
            actor = self.chance.choice(PEOPLE)
            self.check(work, actor)

    def check(self, work: Callable[[], Action | None], actor: Actor) -> None:
        """Do a write. It has one action if it changed something, by its actor, with the values before and after."""
        before, newest = current(), Action.objects.order_by("pk").last()
        with actors.acting(lambda: actor):
            undone = work()
        new = list(Action.objects.filter(pk__gt=newest.pk if newest else 0))
        after = current()
        assert len(new) == (before != after), work.__name__
        assert plain(applied(before, new)) == plain(after), work.__name__
        assert all(pair[0] != pair[1] for action in new for change in action.changes.all() for pair in pairs(change))
        for action in new:
            columns = {field: getattr(action, field) for field in actor.columns}
            assert (columns, action.count) == (actor.columns, action.changes.count())
            assert (action.kind == ActionKind.UNDONE) == bool(undone)
        if undone:
            self.forget(undone)
        else:
            self.standing += [(action, before) for action in new]

    def forget(self, undone: Action) -> None:
        [position] = [number for number, (action, _) in enumerate(self.standing) if action == undone]
        later = self.standing[position + 1 :]
        undone_before = [(action, applied(state, [undone], side=0)) for action, state in later]
        self.standing[position:] = undone_before

    def submit(self) -> None:
        submission = outbox.accept(text=self.chance.choice(NAMES), **self.some())
        with actors.acting(lambda: actors.WORKER):
            processing.process(submission.uuid)

    def imports(self) -> None:
        lines = "\n".join(self.chance.sample(NAMES, 4)).encode()
        attributes = TechAttributes.from_stored(self.some())
        batch = service.accept(read("", lines), attributes=attributes)
        with actors.acting(lambda: actors.WORKER):
            batches.process_batch([line.pk for line in batch.submissions.all()], seconds=5)

    def edit(self) -> None:
        if tech := self.tech():
            editing.edit(tech, **self.some())

    def rename(self) -> None:
        if tech := self.tech():
            editing.edit(tech, text=self.chance.choice(NAMES), **self.some())

    def remove(self) -> None:
        if tech := self.tech():
            editing.remove(tech)

    def undo_newest(self) -> Action | None:
        if not self.standing:
            return None
        action, _ = self.standing[-1]
        undo.undo(action.pk)
        return action

    def undo_any(self) -> Action | None:
        """Undo an older action. It may be refused, and then nothing is undone."""
        with suppress(ChangedMeanwhile, AlreadyListed, Tech.DoesNotExist, IndexError):
            action, _ = self.chance.choice(self.standing)
            undo.undo(action.pk)
            return action
        return None

    def tech(self) -> Tech | None:
        techs = list(Tech.objects.order_by("pk"))
        return self.chance.choice(techs) if techs else None

    def some(self) -> Values:
        fields = self.chance.sample(sorted(VALUES), self.chance.randrange(3))
        return {field: self.chance.choice(VALUES[field]) for field in fields}


def pairs(change: Any) -> Iterable[list[Any]]:
    values: dict[str, list[Any]] = change.fields
    return values.values()


@pytest.mark.parametrize("seed", range(3))
def test_record_of_a_random_history(seed: int) -> None:
    history = History(seed)
    history.run()
    assert plain(applied({}, Action.objects.order_by("pk"))) == plain(current()), "replayed from the start"
    while history.standing:
        action, before = history.standing.pop()
        undo.undo(action.pk)
        assert plain(current()) == plain(before), "undone backwards"
    assert not Tech.objects.exists()


def test_write_that_does_not_record_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control."""
    monkeypatch.setattr(editing, "_changed", lambda *args, **options: None)
    with pytest.raises(AssertionError, match=r"edit|rename"):
        History(0).run()
