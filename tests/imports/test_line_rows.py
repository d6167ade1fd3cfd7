"""Lines of imports are written as rows of the model would be, but without an object for each."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from techs.imports import line_rows, service
from techs.imports.manifests import read
from techs.models import Import, Submission
from techs.rules.attributes import TechAttributes

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = (
    "name,owner,tags,impact,extended support,note\n"
    "Django 3.2,Größe & Söhne,web shop,high,yes,first 100 %s %\n"
    "Node.js 20,,,,,\n"
    'thing 5,Web,,low,no,it\'s "quoted"\n'
)
GENERAL = TechAttributes(owner="Platform", tags=("all",), note="from the wiki")
MADE = {"id", "uuid", "of_import_id"}


def accept(attributes: TechAttributes) -> Import:
    return service.accept(read("stack.csv", TABLE.encode()), attributes=attributes)


@pytest.mark.parametrize("attributes", [TechAttributes(), GENERAL])
def test_as_rows_of_the_model(attributes: TechAttributes) -> None:
    batch = accept(attributes)
    stored = list(batch.submissions.order_by("pk"))
    entries = read("stack.csv", TABLE.encode()).entries
    for line, entry in zip(stored, entries, strict=True):
        options: dict[str, Any] = entry.attributes.over(attributes).options
        expected = Submission.objects.create(
            text=entry.text,
            kind=entry.kind,
            line=entry.line,
            actor_kind=batch.actor_kind,
            actor=batch.actor,
            via=batch.via,
            request_id=batch.request_id,
            created_at=batch.created_at,
            publish_again_at=line.publish_again_at,
            **options,
        )
        expected.refresh_from_db()
        for field in Submission._meta.concrete_fields:
            if field.attname not in MADE:
                assert getattr(line, field.attname) == getattr(expected, field.attname), field.attname
    assert len({line.uuid for line in stored}) == len(stored)


def test_later_lines_are_published_again_later() -> None:
    text = "\n".join(f"thing {number}" for number in range(250))
    batch = service.accept(read("", text.encode()))
    due = list(batch.submissions.order_by("pk").values_list("publish_again_at", flat=True))
    assert [(when - due[0]).total_seconds() for when in (due[99], due[100], due[199], due[200])] == [0, 1, 1, 2]


def test_columns_without_values_are_left_out() -> None:
    with CaptureQueriesContext(connection) as sent:
        service.accept(read("", b"Django 3.2\nNode.js 20"))
    [sql] = [each["sql"] for each in sent if "INSERT INTO" in each["sql"] and "techs_submission" in each["sql"]]
    assert "publish_again_at" in sql
    assert not any(name in sql for name in ("idempotency_key", "note", "finished_at", "services", "kept_owner"))


def test_no_lines() -> None:
    line_rows.insert(Import(pk=1), [])
    assert not Submission.objects.exists()
