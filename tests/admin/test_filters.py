"""The admin's own filters and its search, also on long lists."""

import pytest
from django.test import Client

from techs.admin import filters
from techs.inventory import editing
from techs.models import Submission, SubmissionState
from techs.submissions import outbox
from tests.support.factories import add, submit

pytestmark = pytest.mark.django_db(transaction=True)


def found(client: Client, query: str) -> list[str]:
    rows = client.get(f"/admin/techs/tech/?{query}").context["cl"].result_list
    return sorted(row.name for row in rows)


def offered(client: Client, query: str = "") -> list[str]:
    shown = client.get(f"/admin/techs/tech/?{query}").context["cl"].filter_specs
    (choices,) = (each.lookup_choices for each in shown if each.title == "product")
    return [value for value, _ in choices]


def test_product(admin_client: Client) -> None:
    for text in ("Django 3.2", "Django 4.2", "Redis 6.0", "our own thing"):
        add(text)
    assert offered(admin_client) == ["django", "redis", "-"]
    assert found(admin_client, "product=django") == ["Django 3.2", "Django 4.2"]
    assert found(admin_client, "product=-") == ["our own thing"]


def test_the_most_frequent_products_are_offered(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "MOST_PRODUCTS", 1)
    for text in ("Django 3.2", "Redis 6.0", "Redis 7.0"):
        add(text)
    assert offered(admin_client) == ["redis", "-"]
    assert offered(admin_client, "product=django") == ["django", "redis", "-"], "and the chosen one"


def test_submission(admin_client: Client) -> None:
    submit("Redis 6.0")
    for text, state in (("React", SubmissionState.QUEUED), ("Vue 2", SubmissionState.FAILED)):
        tech = add(text)
        for _ in range(2):
            [again] = outbox.assess_again([tech])
            Submission.objects.filter(pk=again.pk).update(state=state, tech=tech)
    assert found(admin_client, "submission=unfinished") == ["React"]
    assert found(admin_client, "submission=failed") == ["Vue 2"]


@pytest.mark.parametrize("words", ["STRASSE", "Straße", "team%20WEB", "  straße  "])
def test_search_in_whatever_letters(admin_client: Client, words: str) -> None:
    editing.edit(add("Straße 1"), owner="Team Web")
    add("React")
    assert found(admin_client, f"q={words}") == ["Straße 1"]


def test_search_for_a_product(admin_client: Client) -> None:
    add("Postgres 14")
    add("React")
    assert found(admin_client, "q=postgresql") == ["Postgres 14"]
    assert len(found(admin_client, "q=%20")) == 2
