"""Any order of delivery ends in the same row: that of the order in which submissions were accepted."""

import random
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from techs.imports import service
from techs.imports.manifests import read
from techs.models import Submission, SubmissionState, Tech, TechTag
from techs.rules.attributes import TechAttributes
from techs.submissions import batches, outbox, processing

pytestmark = pytest.mark.django_db(transaction=True)

# Few words, so that they meet; together no more tags than one may have.
SAID = st.fixed_dictionaries(
    {},
    optional={
        "impact": st.sampled_from(["low", "high"]),
        "extended_support": st.booleans(),
        "owner": st.sampled_from(["", "Web", "Shop"]),
        "tags": st.lists(st.sampled_from("abcd"), max_size=2, unique=True).map(sorted),
    },
)
# Whether it is a line of an import, in which letters the name is typed, and what is said.
SUBMISSION = st.tuples(st.booleans(), st.sampled_from(["Django 3.2", "DJANGO 3.2"]), SAID)
Promise: TypeAlias = tuple[bool, str, dict[str, Any]]


def in_order(promised: list[Promise]) -> dict[str, Any]:
    """What the row says in the end. Of a form a list of no tags says nothing; a single submission means it."""
    row: dict[str, Any] = {"impact": "normal", "extended_support": False, "owner": "", "tags": []}
    for is_line, name, said in promised:
        tags = sorted({*row["tags"], *said.get("tags", ())}) if is_line else said.get("tags", row["tags"])
        row = row | said | {"tags": tags, "name": name}
    return row


def accept(each: Promise) -> Submission:
    is_line, name, said = each
    if not is_line:
        return outbox.accept(text=name, **said)
    tags = tuple(said.get("tags", ())) or None
    return service.accept(read("", name.encode()), attributes=TechAttributes(**said | {"tags": tags})).submissions.get()


def deliver(promised: list[Submission], chance: random.Random) -> None:
    """In any order, some twice; lines of imports in any groups, or one by one as those that failed together."""
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


@settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
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
