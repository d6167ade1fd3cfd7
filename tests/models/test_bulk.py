"""Rows written in bulk are as Django's own methods write them."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techs import bulk
from techs.models import Action, Change, Submission, SubmissionState, Tech, TechWord
from techs.rules.kinds import Kind
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("plain", 'it\'s "quoted" \\ and 100 %s %', "Größe 🚀", "", "two\nlines")


def submissions() -> list[Submission]:
    now = timezone.now()
    return [
        Submission(text=text, publish_again_at=now, tags=[text] if text else None, impact="high" if text else None)
        for text in TEXTS
    ]


def technologies() -> list[Tech]:
    now = timezone.now()
    dates = (None, date(2026, 4, 1), date(1999, 12, 31))
    return [
        Tech(
            name=f"thing {number}",
            name_key=f"thing {number}",
            rank=f"{number}",
            score=number,
            computed_score=number,
            level="low",
            computed_level="low",
            level_since=now,
            reasons=[{"text": TEXTS[number]}],
            upgrade_to=None if number else {"text": "é"},
            end_of_life=end,
            submitted_at=now,
            assessed_at=now,
        )
        for number, end in enumerate(dates)
    ]


def values(row: Model, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    row = type(row)._default_manager.get(pk=row.pk)
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname not in {"id", *without}
    }


@pytest.mark.parametrize("make", [submissions, technologies])
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_inserted_as_one_by_one(make: Any, size: int) -> None:
    many = make()
    bulk.insert(many, batch_size=size)
    if not connection.features.can_return_rows_from_bulk_insert:
        stored = type(many[0])._default_manager.order_by("pk")
        for row, pk in zip(many, stored.values_list("pk", flat=True), strict=True):
            row.pk = pk
    assert not any(row._state.adding for row in many)
    found = [values(row) for row in many]
    returned = [getattr(row, "ends_on", None) for row in many]
    assert returned == [each.get("ends_on") for each in found]
    for row, expected in zip(many, found, strict=True):
        row.delete()
        row._state.adding, row.pk = True, None
        row.save(force_insert=True)
        assert values(row) == expected


def test_only_python_finds_these_equal() -> None:
    rows, numbers = technologies(), (1, True, 1.0)
    for row, number in zip(rows, numbers, strict=True):
        row.reasons = [{"number": number}]
    bulk.insert(rows, batch_size=3)
    stored = [row.reasons[0]["number"] for row in Tech.objects.order_by("pk")]
    assert list(map(type, stored)) == list(map(type, numbers))


def test_conflicts_are_ignored() -> None:
    row = add("Django 3.2")
    words = [(row.pk, word) for word in ("ab", "cd", "ab")]
    bulk.insert_values(TechWord, ["tech", "word"], words, batch_size=2)
    bulk.insert_values(TechWord, ["tech", "word"], words, batch_size=2)
    assert set(TechWord.objects.filter(tech=row, word__in=["ab", "cd"]).values_list("word", flat=True)) == {"ab", "cd"}


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_updated_as_one_by_one(size: int) -> None:
    rows = submissions()
    Submission.objects.bulk_create(rows)
    rows = list(Submission.objects.order_by("pk"))
    untouched = values(rows[-1])
    for number, row in enumerate(rows[:-1]):
        row.state, row.error = SubmissionState.FAILED, TEXTS[number]
        row.tags, row.impact = ([row.text] * number or None), None
        row.finished_at = timezone.now() if number else None
        row.attempts = 7  # not written
    bulk.update_each(rows[:-1], ["state", "error", "tags", "impact", "finished_at"], batch_size=size)
    for row in rows[:-1]:
        row.attempts = 0
        written = values(row)
        row.save()
        assert values(row) == written
    assert values(rows[-1]) == untouched


def test_nothing_is_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        bulk.insert([], batch_size=1)
        bulk.insert_values(TechWord, ["tech", "word"], [], batch_size=1)
        bulk.update_each([], ["text"], batch_size=1)


NEW: list[tuple[type[Model], dict[str, Any]]] = [
    (Tech, {"name_key": "django 3.2", "kind": Kind.LIBRARY.value}),
    (Submission, {"text": "Django 3.2", "of_import_id": 7, "tags": ["shop"]}),
    (Action, {"kind": "added"}),
    (Change, {"object": "technology", "object_id": 3, "fields": {"name": [None, "Django 3.2"]}}),
]


@pytest.mark.parametrize(("model", "given"), NEW)
def test_new_as_constructed(model: type[Model], given: dict[str, Any]) -> None:
    row, expected = bulk.new(model, **given), model(**given)
    assert row._state.adding
    assert row.__dict__.keys() == expected.__dict__.keys()
    made = {field.attname for field in model._meta.concrete_fields if field.name in {"uuid", "at", "created_at"}}
    for name in row.__dict__.keys() - made - {"_state"}:
        assert getattr(row, name) == getattr(expected, name), name
    assert all(type(getattr(row, name)) is type(getattr(expected, name)) for name in made)


def test_new_rows_share_no_value() -> None:
    first, second = bulk.new(Tech, name_key="a"), bulk.new(Tech, name_key="b")
    first.tags.append("shop")
    first._state.adding = False
    assert (second.tags, second._state.adding) == ([], True)
    assert bulk.new(Submission, text="a").uuid != bulk.new(Submission, text="a").uuid


def test_the_database_fills_in_its_defaults() -> None:
    rows = technologies()
    with CaptureQueriesContext(connection) as sent:
        bulk.insert(rows, batch_size=3)
    assert all(f"`{name}`" not in sent[0]["sql"].replace('"', "`") for name in ("services", "by_hand", "versions"))
    stored = Tech.objects.order_by("pk").values_list("services", "by_hand", "versions", "kind", "edited_after")
    assert list(stored) == [(0, True, None, "tracked", 0)] * 3
    others = technologies()
    for number, row in enumerate(others):
        row.name_key, row.services = f"other {number}", number
    bulk.insert(others, batch_size=3)
    found = Tech.objects.filter(name_key__startswith="other").order_by("pk").values_list("services", flat=True)
    assert list(found) == [0, 1, 2]


def test_read_as_the_query_does() -> None:
    for text in ("Django 3.2", "thing 5", "Node.js 20"):
        add(text, tags=["shop"], owner="Web")
    rows = bulk.read(Tech.objects.order_by("pk"))
    for row, expected in zip(rows, Tech.objects.order_by("pk"), strict=True):
        assert row == expected
        assert all(
            getattr(row, field.attname) == getattr(expected, field.attname) for field in Tech._meta.concrete_fields
        )
        assert (row._state.adding, row._state.db) == (False, "default")
    rows[0].note = "read, then written"
    rows[0].save()
    assert Tech.objects.get(pk=rows[0].pk).note == "read, then written"
