"""Changing the version of a technology that was added by hand: the former one is resolved, and nothing is lost."""

import pytest

from techs.inventory import editing, undo
from techs.models import Action, LevelChange, Resolved, Tech, TechTag
from tests.support import uploads as support
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("before", "after", "former"),
    [
        ("Django 3.2", "Django 5.2", "3.2"),
        ("Django 3.2.18", "Django 3.2.25", "3.2"),  # also within a release cycle
        ("Vue 2.7", "React 19", "2.7"),
        ("Our engine 1.4", "our engine 2.0", "Our engine 1.4"),
    ],
)
def test_the_former_version_is_resolved(before: str, after: str, former: str) -> None:
    row = add(before, owner="Shop", tags=["web"])
    level = row.level
    editing.edit(row, text=after, by="ada")
    resolved = Resolved.objects.get()
    assert (resolved.name, resolved.level, resolved.attributes["owner"]) == (before, level, "Shop")
    assert resolved.moves == [{"service": "", "slug": "", "from": [former], "to": [after], "by": "ada"}]
    assert (Tech.objects.get().name, Tech.objects.get().owner) == (after, "Shop")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("djano 3.2", "Django 3.2"),
        ("Django", "Django 3.2"),
        ("Node 20", "Node.js 20"),
        ("Django 3.2", "django  3.2"),
        ("Ubuntu focal", "Ubuntu 20.04"),
        ("our wiki", "our pedia"),
    ],
)
def test_a_correction_is_not(before: str, after: str) -> None:
    editing.edit(add(before), text=after)
    assert not Resolved.objects.exists()


def test_undo_withdraws_it() -> None:
    row = editing.edit(add("Django 3.2"), text="Django 5.2")
    edit = undo.last_edit(row)
    assert edit is not None
    undo.undo(edit.action_id)
    assert (Tech.objects.get().name, Resolved.objects.exists()) == ("Django 3.2", False)


def test_two_rows_become_one_with_everything() -> None:
    old = add("Django 3.2", owner="Shop", tags=["web"], note="Behind the proxy.", impact="high")
    new = add("Django 5.2", tags=["api"], note="Since May.")
    LevelChange.objects.create(
        tech=old, name=old.name, at=old.assessed_at, from_level="low", to_level="high", why="It ended."
    )
    editing.edit(old, text="Django 5.2", by="ada")
    row = Tech.objects.get()
    assert (row.pk, row.owner, row.tags, row.impact) == (new.pk, "Shop", ["api", "web"], "high")
    assert row.note == "Since May.\nBehind the proxy."
    assert sorted(TechTag.objects.filter(tech=row).values_list("tag", flat=True)) == ["api", "web"]
    assert row.level_changes.filter(name="Django 3.2").exists()
    assert Resolved.objects.get().moves[0]["to"] == ["Django 5.2"]


def test_two_owners_are_both_kept() -> None:
    old, _ = add("Django 3.2", owner="Shop"), add("Django 5.2", owner="Pay")
    row = editing.edit(old, text="Django 5.2")
    assert (row.owner, row.note) == ("Pay", "Django 3.2 was owned by Shop.")


def test_undo_separates_them_again() -> None:
    old = add("Django 3.2", owner="Shop", tags=["web"])
    add("Django 5.2")
    LevelChange.objects.create(
        tech=old, name=old.name, at=old.assessed_at, from_level="low", to_level="high", why="It ended."
    )
    editing.edit(old, text="Django 5.2")
    undo.undo(Action.objects.latest("pk").pk)
    rows = {row.name: (row.owner, row.tags, row.level_changes.count()) for row in Tech.objects.all()}
    assert rows == {"Django 3.2": ("Shop", ["web"], 1), "Django 5.2": ("", [], 0)}
    assert not Resolved.objects.exists()


def test_a_row_of_services_takes_over_too() -> None:
    support.push(support.service(), "django==5.2.3\n")
    row = editing.edit(add("Django 3.2", owner="Shop"), text="Django 5.2")
    assert (row.owner, row.services, row.by_hand) == ("Shop", 1, True)
