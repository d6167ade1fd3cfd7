"""Change many technologies as one action."""

from collections.abc import Collection
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techs.activity import recording
from techs.exceptions import TooManySelected
from techs.inventory import bulk_changes, bulk_editing, editing, undo
from techs.inventory.bulk_changes import BulkChange, Obstacle, Report, Skipped
from techs.inventory.queries import ListQuery
from techs.models import Action, PendingInvalidation, Tech, TechTag
from tests.support import uploads
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


def some(count: int, begin: str = "own thing") -> list[Tech]:
    return [add(f"{begin} {number:02d}") for number in range(count)]


def pks(techs: Collection[Tech]) -> list[int]:
    return [tech.pk for tech in techs]


def apply(techs: Collection[Tech], **change: Any) -> Report:
    seen_at = change.pop("seen_at", None)
    return bulk_changes.apply(pks(techs), BulkChange(**change), seen_at=seen_at)


def states() -> dict[str, tuple[str, str, list[str]]]:
    return {tech.name: (tech.owner, tech.impact, tech.tags) for tech in Tech.objects.order_by("pk")}


def test_one_action_of_several_transactions_and_its_undo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_changes, "_AT_ONCE", 2)
    monkeypatch.setattr(bulk_changes, "_SQLITE_AT_ONCE", 2)
    techs = some(5)
    editing.edit(techs[0], owner="Shop", tags=["a", "z"])
    before, actions = states(), Action.objects.count()
    report = apply(techs, values={"owner": "Shop", "impact": "high"}, add_tags=["b"], remove_tags=["z"])
    assert states() == {tech.name: ("Shop", "high", ["a", "b"] if tech == techs[0] else ["b"]) for tech in techs}
    assert TechTag.objects.filter(tag="b").count() == 5
    action = Action.objects.get(pk=report.action or 0)
    assert (report.changed, report.skipped, action.kind, action.count) == (5, [], "changed", 5)
    assert (action.changes.count(), Action.objects.count()) == (5, actions + 1)
    assert undo.undo(action.pk).count == 5
    assert states() == before
    assert not PendingInvalidation.objects.exists()


def test_rows_that_have_the_values_are_left_alone() -> None:
    one, other = add("Django 3.2", owner="Shop", tags=["a"]), add("React 18")
    report = apply([one, other], values={"owner": "Shop"}, add_tags=["a"])
    assert (report.changed, report.unchanged) == (1, 1)
    one.refresh_from_db()
    assert one.edited_at is None
    assert apply([one, other], values={"owner": "Shop"}) == Report(unchanged=2)


def test_removal_and_its_undo() -> None:
    uploads.push(uploads.service(), "django==3.2.25\n")
    used, techs = Tech.objects.get(), some(3)
    report = apply([used, *techs], removes=True)
    assert (report.removed, report.skipped) == (3, [Skipped(used.pk, used.name, Obstacle.IN_USE)])
    assert Tech.objects.get() == used
    assert report.action
    assert undo.undo(report.action).count == 3
    assert pks(Tech.objects.order_by("pk")) == [used.pk, *pks(techs)]


def test_what_others_changed_or_removed_is_reported_and_kept() -> None:
    techs = some(4)
    seen_at = timezone.now()
    editing.edit(techs[0], owner="Payments")
    editing.edit(techs[1], note="Only the note.")
    editing.remove(techs[2])
    report = apply(techs, values={"owner": "Shop"}, seen_at=seen_at)
    assert report.skipped == [
        Skipped(techs[2].pk, "", Obstacle.GONE),
        Skipped(techs[0].pk, techs[0].name, Obstacle.CHANGED),
    ]
    assert [tech.owner for tech in Tech.objects.order_by("pk")] == ["Payments", "Shop", "Shop"]
    # Now that the reader has seen it.
    assert apply(techs[:1], values={"owner": "Shop"}, seen_at=timezone.now()).changed == 1


def test_what_the_reader_saw_is_no_change_since() -> None:
    [tech] = some(1)
    editing.edit(tech, owner="Payments")
    seen_at = timezone.now()
    editing.edit(tech, note="Only the note.")
    assert apply([tech], values={"owner": "Shop"}, seen_at=seen_at).changed == 1


def test_an_action_that_began_before_the_reader_saw_the_list() -> None:
    techs = some(2)
    with recording.as_one():
        editing.edit(techs[0], owner="Payments")
        seen_at = timezone.now()
        editing.edit(techs[1], owner="Payments")
    assert apply(techs[1:], values={"owner": "Shop"}, seen_at=seen_at).reasons == {Obstacle.CHANGED: 1}


def test_a_removal_keeps_rows_that_somebody_changed() -> None:
    techs = some(2)
    seen_at = timezone.now()
    editing.edit(techs[0], note="We still need this.")
    report = apply(techs, removes=True, seen_at=seen_at)
    assert (report.removed, report.reasons) == (1, {Obstacle.CHANGED: 1})
    assert Tech.objects.get() == techs[0]


def test_tags_overwrite_nothing() -> None:
    [tech] = some(1)
    seen_at = timezone.now()
    editing.edit(tech, tags=["other"])
    assert apply([tech], add_tags=["mine"], seen_at=seen_at).changed == 1
    assert Tech.objects.get().tags == ["mine", "other"]


def test_too_many_tags_concern_only_their_row() -> None:
    one, other = add("Django 3.2", tags=[f"t{number}" for number in range(10)]), add("React 18")
    report = apply([one, other], add_tags=["more"])
    assert (report.changed, report.reasons) == (1, {Obstacle.TOO_MANY_TAGS: 1})
    one.refresh_from_db()
    assert len(one.tags) == 10


def test_a_failure_on_the_way_leaves_an_action_that_can_be_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_AT_ONCE", "_SQLITE_AT_ONCE"):
        monkeypatch.setattr(bulk_changes, name, 2)
    techs, calls = some(4), []
    edit_rows = bulk_editing.edit_rows

    def fail_later(*args: Any) -> None:
        calls.append(args)
        edit_rows(*args)
        if len(calls) > 1:
            raise OperationalError("gone away")

    monkeypatch.setattr(bulk_changes, "edit_rows", fail_later)
    with pytest.raises(OperationalError):
        apply(techs, values={"owner": "Shop"})
    assert Tech.objects.filter(owner="Shop").count() == 2
    action = Action.objects.latest("pk")
    assert action.count == action.changes.count() == undo.undo(action.pk).count == 2
    monkeypatch.undo()
    assert apply(techs, values={"owner": "Shop"}).changed == 4


def test_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_changes, "_SECONDS", -1)
    techs = some(2)
    report = apply(techs, values={"owner": "Shop"})
    assert report.skipped == [Skipped(tech.pk, tech.name, Obstacle.NOT_REACHED) for tech in techs]
    assert not report.action


def test_all_that_match(monkeypatch: pytest.MonkeyPatch) -> None:
    techs = some(4) + [add("Django 3.2", owner="Shop")]
    assert {*bulk_changes.matching(ListQuery(page_size=2))} == {*pks(techs)}
    assert bulk_changes.matching(ListQuery(owner=("shop",))) == [techs[-1].pk]
    monkeypatch.setattr(bulk_changes, "MOST_AT_ONCE", 4)
    assert len(bulk_changes.matching(ListQuery(q="own"))) == 4
    with pytest.raises(TooManySelected, match="At most 4 technologies"):
        bulk_changes.matching(ListQuery())


def test_the_queries_depend_on_the_transactions_alone() -> None:
    numbers = []
    for count in (2, 30):
        techs = some(count, f"of {count}")
        with CaptureQueriesContext(connection) as queries:
            apply(techs, values={"owner": "Shop"}, add_tags=["a"], seen_at=timezone.now())
        numbers.append(len(queries))
    assert numbers[1] <= numbers[0] + 2, numbers


def test_the_cached_list_follows(client: Client) -> None:
    techs = some(2)
    assert len(client.get("/get").json()["data"]) == 2
    apply(techs, values={"owner": "Somebody"})
    assert client.get("/api/techs/").content.decode().count("Somebody") == 2
