"""Any order of delivery ends in the same row as the order of acceptance."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from threading import Event
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import editing, undo
from techs.models import Action, Submission, SubmissionState, Tech, TechTag
from techs.rules.attributes import TechAttributes
from techs.submissions import batches, outbox, processing
from tests.support import uploads as support
from tests.support.factories import add, submit

pytestmark = pytest.mark.django_db(transaction=True)

# Few values, so that they collide; all tags together do not exceed the limit.
SAID = st.fixed_dictionaries(
    {},
    optional={
        "impact": st.sampled_from(["low", "high"]),
        "extended_support": st.booleans(),
        "owner": st.sampled_from(["", "Web", "Shop"]),
        "tags": st.lists(st.sampled_from("abcd"), max_size=2, unique=True).map(sorted),
    },
)
# Whether it is a line of an import, the spelling of the name, and the attributes.
SUBMISSION = st.tuples(st.booleans(), st.sampled_from(["Django 3.2", "DJANGO 3.2"]), SAID)
Promise: TypeAlias = tuple[bool, str, dict[str, Any]]


def in_order(promised: list[Promise]) -> dict[str, Any]:
    """Return the expected row. An import adds tags, and sets an owner only where there is none."""
    row: dict[str, Any] = {"impact": "normal", "extended_support": False, "owner": "", "tags": []}
    for is_line, name, said in promised:
        tags = sorted({*row["tags"], *said.get("tags", ())}) if is_line else said.get("tags", row["tags"])
        owner = (row["owner"] or said.get("owner", "")) if is_line else said.get("owner", row["owner"])
        row = row | said | {"tags": tags, "owner": owner, "name": name}
    return row


# Two hosts whose clocks differ.
SKEW = timedelta(seconds=5)


def accept(each: Promise) -> Submission:
    is_line, name, said = each
    if not is_line:
        return outbox.accept(text=name, **said)
    tags = tuple(said.get("tags", ())) or None
    return service.accept(read("", name.encode()), attributes=TechAttributes(**said | {"tags": tags})).submissions.get()


def deliver(promised: list[Submission], chance: random.Random) -> None:
    """Process in any order, some twice; import lines in any groups, or one by one as after a failure."""
    left = [*promised, *chance.sample(promised, len(promised) // 2)]
    chance.shuffle(left)
    while left:
        first = left.pop()
        if first.of_import_id is None or chance.random() < 0.3:
            processing.process(first.uuid)
            continue
        lines = [other for other in left if other.of_import_id is not None and chance.random() < 0.5]
        left = [other for other in left if other not in lines]
        assert batches.process_batch([first.pk, *(line.pk for line in lines)], seconds=60) == []


EXAMPLES = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@EXAMPLES
@given(st.lists(SUBMISSION, min_size=2, max_size=6), st.integers(0, 2**32))
@example([(True, "Django 3.2", {"tags": ["a"]}), (False, "Django 3.2", {"tags": ["b"]})], 0)
@example([(False, "Django 3.2", {"owner": "Web"}), (True, "DJANGO 3.2", {"owner": ""})], 1)
def test_every_order_ends_alike(promised: list[Promise], seed: int) -> None:
    Tech.objects.all().delete()
    deliver([accept(each) for each in promised], random.Random(seed))  # noqa: S311  an order, no secret
    row = Tech.objects.get()
    expected = in_order(promised)
    assert {field: getattr(row, field) for field in expected} == expected
    assert sorted(TechTag.objects.values_list("tag", flat=True)) == row.tags
    assert not Submission.objects.exclude(state=SubmissionState.DONE).exists()


def shift_clocks(chance: random.Random) -> None:
    """Date everything as if it came from hosts with clocks that are wrong by seconds."""
    for submission in Submission.objects.all():
        created_at = timezone.now() + chance.uniform(-1, 1) * SKEW
        Submission.objects.filter(pk=submission.pk).update(created_at=created_at)
    Tech.objects.update(edited_at=timezone.now() + chance.uniform(-1, 1) * SKEW)


@EXAMPLES
@given(
    st.lists(SUBMISSION, min_size=1, max_size=3),
    st.lists(SUBMISSION, max_size=3),
    SAID,
    st.lists(SUBMISSION, max_size=3),
    st.integers(0, 2**32),
)
@example([(False, "Django 3.2", {})], [(False, "Django 3.2", {"owner": "Web"})], {"owner": "Shop"}, [], 0)
@example([(False, "Django 3.2", {})], [], {"owner": "Shop"}, [(False, "Django 3.2", {"owner": "Web"})], 3)
def test_an_edit_has_its_place_in_the_order(
    done: list[Promise], overtaken: list[Promise], edit: dict[str, Any], later: list[Promise], seed: int
) -> None:
    """Regardless of clocks, an edit comes after submissions accepted before it, and before later ones."""
    chance = random.Random(seed)  # noqa: S311  an order, no secret
    Tech.objects.all().delete()
    deliver([accept(each) for each in done], chance)
    waiting = [accept(each) for each in overtaken]
    editing.edit(Tech.objects.get(), **edit)
    waiting += [accept(each) for each in later]
    shift_clocks(chance)
    deliver(waiting, chance)
    # An edit also fixes the name and the fields that it does not change.
    *_, (_, name, _) = done
    expected = in_order([*done, (False, name, edit), *later] if edit else [*done, *overtaken, *later])
    row = Tech.objects.get()
    assert {field: getattr(row, field) for field in expected} == expected
    assert sorted(TechTag.objects.values_list("tag", flat=True)) == row.tags


@pytest.mark.parametrize("first", ["by hand", "by services"])
def test_impact_of_a_row_that_services_use_and_somebody_adds(first: str) -> None:
    support.service("Shop", impact="low")
    promised = [
        outbox.accept(text="Django 3.2"),
        service.accept(read("stack.csv", b"name,service\nDjango 3.2,Shop\n")).submissions.get(),
    ]
    for submission in promised if first == "by hand" else reversed(promised):
        processing.process(submission.uuid)
    assert (Tech.objects.get().impact, Tech.objects.get().service_impact) == ("normal", "low")


def test_a_higher_impact_stays_when_somebody_adds_the_row() -> None:
    support.push(support.service(), "django==3.2.25\n")
    editing.edit(Tech.objects.get(), impact="high")
    assert add("Django 3.2").impact == "high"


def edit_by_api(tech: Tech) -> None:
    Client().patch(f"/api/techs/{tech.pk}/", {"owner": "Shop"}, content_type="application/json")


def edit_by_page(tech: Tech) -> None:
    Client().post(f"/techs/{tech.pk}/", {"impact": "normal", "initial-impact": "normal", "owner": "Shop"})


def take_edit_back(tech: Tech) -> None:
    Action.objects.all().delete()
    editing.edit(tech, owner="Other")
    undo.undo(Action.objects.get().pk)


def bring_back(tech: Tech) -> None:
    Tech.objects.filter(pk=tech.pk).update(edited_at=None, edited_after=0)
    removal = editing.remove(tech)
    assert removal
    undo.undo(removal.pk)


def merge(tech: Tech) -> None:
    """Change the text of another row to that of this one, so that the rows are merged."""
    editing.edit(submit("djano 3.2").tech or tech, text="Django 3.2", owner="Shop")


WAYS = [edit_by_api, edit_by_page, take_edit_back, bring_back, merge]


@pytest.mark.parametrize("edit", WAYS)
@pytest.mark.parametrize("ahead", [-SKEW, SKEW])
def test_every_way_to_edit_is_in_the_order(edit: Callable[[Tech], None], ahead: timedelta) -> None:
    tech = editing.edit(add("Django 3.2"), owner="Shop")
    before = outbox.accept(text="Django 3.2", owner="Web")
    edit(tech)
    after = outbox.accept(text="Django 3.2", impact="high")
    Submission.objects.filter(pk__in=[before.pk, after.pk]).update(created_at=timezone.now() + ahead)
    processing.process(before.uuid)
    assert Tech.objects.get().owner == "Shop"
    processing.process(after.uuid)
    assert (Tech.objects.get().owner, Tech.objects.get().impact) == ("Shop", "high")


@pytest.mark.usefixtures("mysql")  # SQLite has one writer
def test_a_submission_that_is_still_being_written() -> None:
    """It has its number already, but is not answered yet, so the edit may count as the later one."""
    tech = add("Django 3.2")
    written, may_commit = Event(), Event()

    def write() -> UUID:
        with transaction.atomic():
            submission = outbox.accept(text="Django 3.2", owner="Web")
            written.set()
            assert may_commit.wait(timeout=10)
        connection.close()
        return submission.uuid

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write)
        assert written.wait(timeout=10)
        other = outbox.accept(text="Django 3.2", owner="Data")
        editing.edit(tech, owner="Shop")
        may_commit.set()
        for uuid in (writer.result(timeout=10), other.uuid):
            processing.process(uuid)
    assert Tech.objects.get().owner == "Shop"
    assert add("Django 3.2", owner="Web").owner == "Web"


def test_edits_of_the_version_before_keep_their_place() -> None:
    """It recorded only the time. Its unfinished submissions end as they would have."""
    tech = editing.edit(add("Django 3.2"), owner="Shop")
    other = add("Redis 6.0")
    before, after = (outbox.accept(text="DJANGO 3.2", owner=owner) for owner in ("Web", "Data"))
    failed = outbox.accept(text="Django 3.2", owner="Web")
    Submission.objects.filter(pk=failed.pk).update(state=SubmissionState.FAILED)
    done = submit("Redis 6.0")
    now = timezone.now()
    Submission.objects.exclude(pk=after.pk).update(created_at=now - SKEW)
    Tech.objects.update(edited_at=now, edited_after=0)
    Submission.objects.filter(pk=after.pk).update(created_at=now + SKEW)
    Submission.objects.filter(pk=failed.pk).update(created_at=now + SKEW)
    for _ in range(2):
        number_edits()
    assert Tech.objects.get(pk=tech.pk).edited_after == before.pk
    assert Tech.objects.get(pk=other.pk).edited_after == 0 < done.pk
    for submission, owner in ((before, "Shop"), (after, "Data")):
        processing.process(submission.uuid)
        assert Tech.objects.get(pk=tech.pk).owner == owner


def number_edits() -> None:
    """Run the data migration."""
    import_module("techs.migrations.0016_earlier_edits").number_edits(apps, connection.schema_editor())


# Columns of Tech that a process of the version before does not write.
UNKNOWN = {"id", "ends_on", "edited_after"}


def test_a_process_of_the_version_before_inserts_rows() -> None:
    """It does not know the column. The database fills in those that it generates."""
    add("Django 3.2")
    fields = [field for field in Tech._meta.concrete_fields if not (field.generated or field.name in UNKNOWN)]
    columns = [str(field.column) for field in fields]
    values = ["'x'" if column in {"name_key", "rank"} else f"techs_tech.{column}" for column in columns]
    into = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO techs_tech ({into}) SELECT {', '.join(values)} FROM techs_tech")  # noqa: S608
    assert Tech.objects.get(name_key="x").edited_after == 0
