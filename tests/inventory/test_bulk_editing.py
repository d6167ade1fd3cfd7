"""Edit and remove technologies in bulk."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techs import cache
from techs.activity import recording
from techs.inventory import bulk_editing, editing, service_reads, undo
from techs.models import Action, ActionKind, LevelChange, ServiceSummary, Submission, Tech, TechTag
from techs.rules.text import name_key
from tests.admin.test_lists import run
from tests.support import uploads
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


def some(count: int, begin: str = "own thing") -> list[Tech]:
    return [add(f"{begin} {number}") for number in range(count)]


def pks(techs: list[Tech]) -> list[int]:
    return [tech.pk for tech in techs]


def history(model: type[Model]) -> list[tuple[int, int]]:
    return list(model._default_manager.order_by("pk").values_list("pk", "tech"))


def queries_of(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def test_an_edit_is_like_that_of_each_row() -> None:
    one, other, third = add("Django 3.2"), add("Redis 6"), add("Python 3.8")
    alone = editing.edit(third, impact="critical", owner="Shop", tags=["a"])
    edited = bulk_editing.edit([one.pk, other.pk, 10**6], impact="critical", owner="Shop", tags=["a"])
    assert pks(edited) == [one.pk, other.pk]
    for row in Tech.objects.exclude(pk=alone.pk):
        assert (row.impact, row.owner, row.owner_key, row.tags) == ("critical", "Shop", name_key("Shop"), ["a"])
        assert row.score == editing.edit(row, impact="critical").score  # it was assessed
        assert row.edited_at is not None
    assert TechTag.objects.filter(tag="a").count() == 3
    action = Action.objects.filter(kind=ActionKind.CHANGED, count=2).get()
    [fields, _] = action.changes.values_list("fields", flat=True)
    assert fields == {"impact": ["normal", "critical"], "owner": ["", "Shop"], "tags": [[], ["a"]]}


def test_an_edit_can_be_undone() -> None:
    techs = some(3)
    bulk_editing.edit(pks(techs), impact="low")
    assert undo.undo(Action.objects.latest("pk").pk).count == 3
    assert {*Tech.objects.values_list("impact", flat=True)} == {"normal"}


def test_nothing_changes_nothing() -> None:
    tech = add("Django 3.2")
    before = Action.objects.count()
    bulk_editing.edit([tech.pk], impact=tech.impact)
    assert bulk_editing.edit([], impact="low") == []
    assert bulk_editing.remove([]) == bulk_editing.Removed([], [])
    assert Action.objects.count() == before


def test_services_follow() -> None:
    shop = uploads.service()
    uploads.push(shop, "django==3.2.25\n")
    row = Tech.objects.get()
    assert ServiceSummary.objects.get().levels == {"critical": 1}
    service_reads.read_service("shop")
    bulk_editing.edit([row.pk], unversioned=True, level_override="low", override_review_on=None)
    assert ServiceSummary.objects.get().levels == {Tech.objects.get().level: 1}
    bulk_editing.edit([row.pk], note="Frozen.")
    assert b"Frozen" not in service_reads.read_service("shop").data


def test_the_cached_list_is_forgotten(client: Client) -> None:
    tech, other = some(2)
    assert len(client.get("/get").json()["data"]) == 2
    bulk_editing.edit([tech.pk], owner="Somebody")
    assert "Somebody" in client.get("/api/techs/").content.decode()
    bulk_editing.remove([tech.pk, other.pk])
    assert client.get("/get").json()["data"] == []


def test_removal_keeps_rows_of_services_and_can_be_undone() -> None:
    uploads.push(uploads.service(), "django==3.2.25\n")
    used, techs = Tech.objects.get(), some(3)
    editing.edit(techs[0], level_override="low", note="n", override_review_on=None)
    histories = {
        model: list(model._default_manager.order_by("pk").values_list("pk", "tech"))
        for model in (LevelChange, Submission)
    }
    removed = bulk_editing.remove([used.pk, *pks(techs)])
    assert (pks(removed.gone), pks(removed.in_use)) == (pks(techs), [used.pk])
    assert Tech.objects.get() == used
    assert undo.undo(Action.objects.latest("pk").pk).count == 3
    assert pks(list(Tech.objects.order_by("pk"))) == [used.pk, *pks(techs)]
    assert {model: history(model) for model in histories} == histories


def test_the_history_of_a_removal_has_the_newest_submissions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_SUBMISSIONS_TO_RESTORE", 2)
    techs = some(2)
    for _ in range(2):
        add(techs[0].name)
    expected = list(Submission.objects.filter(tech=techs[0]).order_by("-pk").values_list("pk", flat=True))[:2]
    first, second = recording.of_removed(*techs)
    assert first.undo is not None
    assert second.undo is not None
    assert first.undo["submissions"] == expected
    assert second.undo["submissions"] == list(techs[1].submissions.values_list("pk", flat=True))


@pytest.mark.parametrize("action", ["set_impact_critical", "remove_overrides", "assess_again", "delete_selected"])
def test_the_queries_of_the_admin_do_not_depend_on_the_rows(admin_client: Client, action: str) -> None:
    extra: dict[str, Any] = {"post": "yes"} if action == "delete_selected" else {}
    numbers = []
    for count in (2, 12):
        techs = some(count, f"{action} {count}")
        Tech.objects.filter(pk__in=pks(techs)).update(level_override="low")
        cache.invalidate()
        numbers.append(queries_of(lambda techs=techs: run(admin_client, "tech", action, *techs, **extra)))  # type: ignore[misc]
    assert numbers[1] <= numbers[0] + 2, numbers  # a page that has more than one row left is counted, too


def test_the_admin_logs_each_row(admin_client: Client) -> None:
    techs = some(3)
    run(admin_client, "tech", "set_impact_low", *techs)
    logged = LogEntry.objects.filter(change_message="Set impact to minor.")
    assert {*logged.values_list("object_id", flat=True)} == {str(pk) for pk in pks(techs)}
