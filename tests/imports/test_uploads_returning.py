"""Technologies that leave the list with an upload, and return."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import editing, undo
from techs.models import (
    Action,
    Resolved,
    Submission,
    Tech,
    TechTag,
)
from techs.submissions import batches, outbox, processing
from tests.support import uploads as support
from tests.support.factories import add
from tests.support.uploads import listed, push

pytestmark = pytest.mark.django_db(transaction=True)


def _resolved() -> list[bool]:
    return [resolved.returned_at is not None for resolved in Resolved.objects.order_by("pk")]


def test_a_row_comes_back_with_all_that_people_set() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    row = Tech.objects.get()
    review = timezone.now().date() + timedelta(days=9)
    override: dict[str, Any] = {"level_override": "low", "override_review_on": review}
    editing.edit(row, owner="Web", tags=["a"], note="Patched.", impact="high", **override)
    push(shop, "")
    assert not Tech.objects.exists()
    push(shop, "django==3.2.1\n")
    row = Tech.objects.get()
    assert (row.owner, row.owner_key, row.tags, row.note, row.impact) == ("Web", "web", ["a"], "Patched.", "high")
    assert (row.level, row.override_review_on) == ("low", review)
    assert TechTag.objects.get().tech == row
    assert Resolved.objects.get().returned_at is not None


def test_a_row_that_is_assessed_again_still_leaves_with_its_service() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    [submission] = outbox.assess_again([Tech.objects.get()])
    processing.process(submission.uuid)
    submission = Submission.objects.get(uuid=submission.uuid)
    assert (submission.state, submission.tech) == ("done", Tech.objects.get(by_hand=False))
    push(shop, "")
    [again] = outbox.assess_again([Tech(pk=submission.tech_id, name="Django 3.2")])
    processing.process(again.uuid)
    assert not Tech.objects.exists()


def test_a_row_that_a_person_adds_again_has_returned() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    push(shop, "")
    assert _resolved() == [False]
    add("Django  3.2")
    assert _resolved() == [True]


def test_rows_of_an_import_have_returned() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\nnumpy==1.21.6\ncelery==5.2.7\n")
    push(shop, "")
    service.accept(read("", b"Django 3.2\nNumPy\nPostgres 14\n"))
    batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=60)
    returned = Resolved.objects.exclude(returned_at=None).order_by("name").values_list("name", flat=True)
    assert (list(returned), Resolved.objects.count()) == (["Django 3.2", "NumPy"], 3)


def test_a_row_that_gets_its_name_again_has_returned() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    push(shop, "")
    row = editing.edit(add("Django 5.2"), text="Django 3.2")
    assert _resolved() == [True, False]
    editing.edit(row, text="Django 5.2")
    assert _resolved() == [True, True, False]


def test_undo_brings_back_too() -> None:
    shop = support.service()
    removal = editing.remove(add("Django 3.2"))
    push(shop, "django==3.2.25\n")
    push(shop, "")
    assert _resolved() == [False]
    assert removal is not None
    (row,) = undo.undo(removal.pk).restored
    assert _resolved() == [True]
    row = editing.edit(row, text="Django 5.2")
    push(shop, "django==3.2.25\n")
    push(shop, "")
    assert _resolved() == [True, True, False]
    undo.undo(Action.objects.filter(kind__in=["changed", "resolved"]).latest("pk").pk)
    assert _resolved() == [True, True, True]


def test_a_row_that_a_person_adds_too_is_added_by_hand() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    assert add("Django 3.2").by_hand
    push(shop, "")
    assert listed() == {"Django 3.2": 0}
