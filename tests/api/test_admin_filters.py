"""Filters in addresses of the admin that no database, or not every one, can apply. Databases differ in these."""

import pytest
from django.test import Client

from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/admin/techs/tech/"
REFUSED = [
    *[
        "name__regex=(",
        "name__iregex=(a%2B)%2B$",
        "reasons__0__text__regex=(",
        "owner__regex=",
        "name__startswith__regex=(",
    ],
    *["level_since__year=99999", "score__range=1"],
]


@pytest.fixture(autouse=True)
def _row() -> None:
    """Without rows, SQLite would not evaluate a filter."""
    add("Django 3.2")


@pytest.mark.parametrize("query", REFUSED)
def test_a_filter_that_cannot_be_applied(admin_client: Client, query: str) -> None:
    response = admin_client.get(f"{PAGE}?{query}")
    assert response.status_code == 400
    assert "Remove the filter from the address." in response.content.decode()


@pytest.mark.parametrize("path", ["/admin/auth/user/?username__regex=(", "/admin/auth/group/?name__iregex=("])
def test_on_pages_of_django_too(admin_client: Client, path: str) -> None:
    assert admin_client.get(path).status_code == 400


@pytest.mark.parametrize(
    "query", ["tags__contains=x", "tags__contained_by=x", "tags__has_key=x", "name__search=x", "id=" + 30 * "9"]
)
def test_a_filter_that_some_databases_can_apply_is_no_error(admin_client: Client, query: str) -> None:
    assert admin_client.get(f"{PAGE}?{query}").status_code in {200, 302, 400}


def test_usual_filters_work(admin_client: Client) -> None:
    for query in ("level__exact=critical", "name__startswith=Dj", "level_since__year__gte=2020", "score__gt=5"):
        response = admin_client.get(f"{PAGE}?{query}")
        assert response.context["cl"].result_count == 1, query
