"""The order of the changed fields does not depend on the database: MySQL sorts the keys of JSON objects by length."""

import csv
import io
from collections.abc import Sequence

import pytest
from django.test import Client

from techs.inventory import editing, services
from techs.lifecycles import store
from techs.models import RECORDED_FIELDS, ActionKind, Change, LifecycleDataVersion, ObjectKind, Service, Tech
from tests.support import factories
from tests.support.actions import act

pytestmark = pytest.mark.django_db


def as_mysql_stores(names: Sequence[str]) -> list[str]:
    return sorted(names, key=lambda name: (len(name), name))


def scrambled(kind: str, names: Sequence[str]) -> Change:
    fields = {name: [f"old {name}", f"new {name}"] for name in as_mysql_stores(names)}
    return Change(object=kind, object_id=1, name="Django", fields=fields)


@pytest.mark.parametrize("kind", ObjectKind.values)
def test_fields_are_read_in_their_order(kind: str) -> None:
    names = RECORDED_FIELDS.get(kind, ())
    act(scrambled(kind, [*names, "zeta", "beta"]))
    expected = [*names, "beta", "zeta"]
    assert list(Change.objects.get().fields) == expected
    assert list(Change.objects.defer("undo").select_related("action")[0].fields) == expected
    change = Change(pk=Change.objects.get().pk)
    change.refresh_from_db()
    assert list(change.fields) == expected


def test_readers_see_that_order(client: Client) -> None:
    names = RECORDED_FIELDS[ObjectKind.TECHNOLOGY]
    action = act(scrambled(ObjectKind.TECHNOLOGY, names))
    assert list(client.get(f"/api/activity/{action.pk}/").json()["changes"][0]["fields"]) == [*names]
    table = client.get("/api/activity/export.csv").getvalue().decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(table)))
    assert [line["field"] for line in lines] == [*names]
    page = client.get(f"/activity/{action.pk}/").content.decode()
    assert page.index("old owner") < page.index("old tags") < page.index("old level_override") < page.index("old kind")


def test_a_sentence_names_fields_in_that_order(client: Client) -> None:
    tech = factories.add("Django 3.2")
    change = scrambled(ObjectKind.TECHNOLOGY, ["owner", "tags", "impact"])
    change.object_id = tech.pk
    act(change)
    order = [name for name in RECORDED_FIELDS[ObjectKind.TECHNOLOGY] if name in change.fields]
    words = f"changed the {order[0]}, {order[1]} and {order[2]} of"
    assert words in client.get("/activity/").content.decode()


def test_what_is_recorded_has_an_order() -> None:
    """Of new kinds and fields, too."""
    assert [*Tech().recorded_values] == [name for name in RECORDED_FIELDS[ObjectKind.TECHNOLOGY] if name != "versions"]
    assert [*services._values(Service(name="Shop"))] == [*RECORDED_FIELDS[ObjectKind.SERVICE]]
    described = [*store._described(LifecycleDataVersion()), "products_changed"]
    assert described == [*RECORDED_FIELDS[ObjectKind.LIFECYCLE_DATA]]
    # Of an accepted submission, nothing is recorded but that it was repeated.
    assert {*ObjectKind.values} - {*RECORDED_FIELDS} == {ObjectKind.SUBMISSION}


def test_an_edit_is_recorded_in_that_order() -> None:
    tech = factories.add("Django 3.2")
    editing.edit(tech, tags=["web"], owner="Shop", impact="high")
    recorded = list(Change.objects.filter(action__kind=ActionKind.CHANGED).latest("pk").fields)
    assert recorded == [name for name in RECORDED_FIELDS[ObjectKind.TECHNOLOGY] if name in recorded]
    assert {*recorded} == {"tags", "owner", "impact"}
