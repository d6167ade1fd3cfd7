"""Undo of actions with several changes, and of submissions and imports: everything is undone, or nothing."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techs.activity import recording
from techs.exceptions import AlreadyListed, ChangedMeanwhile, InUse, NotInUse
from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import editing, manual, summaries, undo
from techs.models import Action, LevelChange, Resolved, Service, ServiceSummary, Submission, Tech, TechTag
from techs.submissions import batches
from techs.transactions import in_chunks
from tests.support import uploads as support
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


def newest() -> Action:
    return Action.objects.latest("pk")


def owners() -> dict[str, str]:
    return dict(Tech.objects.values_list("name", "owner"))


def edit_together(*techs: Tech, **changes: Any) -> Action:
    with recording.as_one():
        for tech in techs:
            editing.edit(tech, **changes)
    return newest()


def remove_together(*techs: Tech) -> Action:
    with recording.as_one():
        for tech in techs:
            editing.remove(tech)
    return newest()


def bring(text: str, *, at_once: int = 100, name: str = "") -> Action:
    """Import a text, with so many lines in each transaction."""
    batch = service.accept(read(name, text.encode()))
    for some in in_chunks(list(batch.submissions.order_by("pk").values_list("pk", flat=True)), at_once):
        assert batches.process_batch(some, seconds=60) == []
    batch.refresh_from_db()
    return Action.objects.get(pk=batch.action or 0)


def test_several_edits() -> None:
    action = edit_together(add("Django 3.2"), add("React 18"), owner="Shop")
    assert action.count == undo.undo(action.pk).count == 2
    assert owners() == {"Django 3.2": "", "React 18": ""}
    assert (newest().kind, newest().count) == ("undone", 2)
    action.refresh_from_db()
    assert action.undone_at


def test_several_removals_in_the_list(client: Client) -> None:
    action = remove_together(add("Django 3.2", owner="Shop"), add("React 18"), add("Vue 3"))
    page = client.get("/").content.decode()
    assert "“Django 3.2” and 2 others were removed at" in page
    response = client.post(f"/actions/{action.pk}/undo/")
    assert response.status_code == 303
    assert "3 technologies are as they were before." in client.get("/").content.decode()
    assert owners() == {"Django 3.2": "Shop", "React 18": "", "Vue 3": ""}


def test_page_names_the_others(client: Client) -> None:
    tech = add("Django 3.2")
    edit_together(tech, add("React 18"), add("Vue 3"), owner="Shop")
    assert "owner, also of 2 others." in client.get(f"/techs/{tech.pk}/").content.decode()


def test_one_that_cannot_be_undone_keeps_all() -> None:
    techs = add("Django 3.2"), add("React 18")
    action = edit_together(*techs, owner="Shop")
    editing.edit(techs[0], owner="Pay")
    count = Action.objects.count()
    with pytest.raises(ChangedMeanwhile, match=r"Django 3\.2"):
        undo.undo(action.pk)
    assert owners() == {"Django 3.2": "Pay", "React 18": "Shop"}
    assert Action.objects.count() == count


def test_one_that_was_added_again_keeps_all() -> None:
    action = remove_together(add("Django 3.2"), add("React 18"))
    add("React 18", owner="Web")
    with pytest.raises(AlreadyListed, match="React 18"):
        undo.undo(action.pk)
    assert owners() == {"React 18": "Web"}


def test_field_that_was_changed_and_changed_back() -> None:
    """Its value is the same, but the later edits would be left without the value that they replaced."""
    tech = editing.edit(add("Django 3.2"), owner="Shop")
    action = newest()
    editing.edit(tech, owner="Pay")
    editing.edit(tech, owner="Shop")
    with pytest.raises(ChangedMeanwhile):
        undo.undo(action.pk)
    undo.undo(newest().pk)
    undo.undo(Action.objects.filter(kind="changed", undone_at=None).latest("pk").pk)
    undo.undo(action.pk)
    assert owners() == {"Django 3.2": ""}


def test_import() -> None:
    add("Django 3.2")
    action = bring("django 3.2\nReact 18\nVue 3")
    assert action.count == 3
    undo.undo(action.pk)
    assert owners() == {"Django 3.2": ""}


def test_import_whose_technology_was_edited() -> None:
    action = bring("React 18\nVue 3")
    editing.edit(Tech.objects.get(name="Vue 3"), owner="Shop")
    with pytest.raises(ChangedMeanwhile, match="Vue 3"):
        undo.undo(action.pk)
    assert owners() == {"React 18": "", "Vue 3": "Shop"}


def test_addition_that_services_use() -> None:
    add("Django 5.2")
    action = newest()
    support.push(support.service(), "django==5.2.3\n")
    with pytest.raises(InUse, match=r"Django 5\.2"):
        undo.undo(action.pk)


def test_row_that_services_used() -> None:
    """It was added by hand as well. Without a service, it would be on the list for no reason."""
    services = support.service()
    support.push(services, "django==5.2.3\n")
    add(Tech.objects.get().name)
    action = newest()
    support.push(services, "flask==3.0\n")
    with pytest.raises(NotInUse):
        undo.undo(action.pk)


def lines(count: int, start: str = "thing", end: str = "\n") -> str:
    return "".join(f"{start}{number} {number}{end}" for number in range(count))


def added(count: int) -> Action:
    return bring(lines(count))


def changed(count: int) -> Action:
    """Import other spellings, with attributes."""
    bring(lines(count))
    return bring("name,owner,tags,impact\n" + lines(count, "Thing", ",Shop,web,critical\n"))


def removed(count: int) -> Action:
    bring("name,owner,tags\n" + lines(count, end=",Shop,web\n"))
    return remove_together(*Tech.objects.all())


def used(count: int) -> Action:
    """Edit rows that services use, so that the summaries of these follow."""
    for name in ("Shop", "Pay"):
        support.push(support.service(name), "".join(f"thing{number}=={number}.1\n" for number in range(count)))
    return edit_together(*Tech.objects.all(), impact="critical", owner="Shop", tags=["web"])


@pytest.mark.parametrize("act", [added, changed, removed, used])
def test_many_take_few_more_queries(act: Callable[[int], Action]) -> None:
    numbers = []
    for count in (5, 50):
        action = act(count)
        with CaptureQueriesContext(connection) as captured:
            assert undo.undo(action.pk).count == count
        numbers.append(len(captured))
        Service.objects.all().delete()
        Tech.objects.all().delete()
    # SQLite writes fewer rows at a time.
    assert numbers[1] - numbers[0] <= 6, numbers


def test_summaries_follow_when_all_are_as_before() -> None:
    shop = support.service()
    support.push(shop, "django==3.2.25\nreact==16.0\n")
    before = summaries.counted([shop.pk])[shop.pk].worst_rank
    action = edit_together(*Tech.objects.all(), impact="critical", tags=["web"])
    assert ServiceSummary.objects.get().worst_rank != before
    undo.undo(action.pk)
    assert ServiceSummary.objects.get().worst_rank == before
    assert not TechTag.objects.exists()


def test_several_removed_ones_get_back_all_that_referred_to_them() -> None:
    override: dict[str, Any] = {"level_override": "low", "override_review_on": date(2999, 1, 1)}
    techs = [editing.edit(add(name), tags=[name[:3], "web"], **override) for name in ("Django 3.2", "Vue 2")]
    before = references()
    assert [len(rows) for rows in before] == [2, 2, 4]
    undo.undo(remove_together(*techs).pk)
    assert references() == before


def references() -> list[set[tuple[int, Any]]]:
    """Return the rows that refer to technologies."""
    kept = [set(model.objects.values_list("tech", "pk")) for model in (Submission, LevelChange)]
    return [*kept, set(TechTag.objects.values_list("tech", "tag"))]


@pytest.mark.parametrize(
    "bring_back",
    [
        lambda: add("Django 3.2"),
        lambda: bring("Django 3.2\n"),
        lambda: bring("React 18\nDjango 3.2\n", at_once=1),
        lambda: editing.edit(add("React 18"), text="Django 3.2"),
    ],
    ids=["single", "import", "later batch", "rename"],
)
def test_technology_that_had_left_is_gone_again(bring_back: Callable[[], object]) -> None:
    shop = support.service()
    support.push(shop, "django==3.2.25\n")
    editing.edit(Tech.objects.get(), owner="Web")
    support.push(shop, "")
    bring_back()
    resolved = Resolved.objects.get(name="Django 3.2")
    assert resolved.returned_at
    undo.undo(newest().pk)
    resolved.refresh_from_db()
    assert resolved.returned_at is None
    support.push(shop, "django==3.2.25\n")
    assert owners()["Django 3.2"] == "Web"


def test_technology_of_two_transactions_counts_once() -> None:
    """The import adds it, and then changes its tags."""
    shop = support.service()
    action = bring("name,service,tags\nDjango 3.2,,a\nDjango 3.2,Shop,b\nReact 18,,\n", name="stack.csv", at_once=1)
    assert action.count == 3
    support.push(shop, "", source=manual.SOURCE)
    undone = undo.undo(action.pk)
    assert (undone.count, len(undone.removed), undone.changed) == (2, 2, [])
    assert not Tech.objects.exists()


def test_undo_cannot_be_undone() -> None:
    editing.edit(add("Django 3.2"), owner="Shop")
    undo.undo(newest().pk)
    with pytest.raises(Action.DoesNotExist):
        undo.undo(newest().pk)


def test_action_on_something_else_cannot_be_undone(client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), owner="Shop")
    newest().changes.update(object="service")
    assert client.post(f"/actions/{newest().pk}/undo/").status_code == 303
    assert "This can no longer be undone." in client.get("/").content.decode()
    tech.refresh_from_db()
    assert tech.owner == "Shop"
