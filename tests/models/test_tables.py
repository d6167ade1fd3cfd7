"""Tests are independent: each finds a new database, and the SQLite pass includes every test that uses one."""

import pytest
from django.contrib.auth.models import Permission

from techs.models import LifecycleDataVersion, Product, Release, Submission, Tech
from tests.conftest import uses_database
from tests.support.factories import add
from tests.support.tables import Tables


@pytest.mark.django_db(transaction=True)
def test_a_new_database_is_restored_row_for_row() -> None:
    seeds = (Product, Release, LifecycleDataVersion, Permission)
    before = [list(model.objects.order_by("pk").values_list()) for model in seeds]
    tables = Tables()

    add("Django 3.2")
    Product.objects.filter(slug="django").delete()
    Release.objects.update(latest="0")
    LifecycleDataVersion.objects.create(version="other", as_of="2026-11-22", source="local", products=0, releases=0)
    Permission.objects.all().delete()
    tables.restore()

    assert all(before)
    assert [list(model.objects.order_by("pk").values_list()) for model in seeds] == before
    assert not Tech.objects.exists()
    assert not Submission.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_mark_says_that_a_test_uses_the_database(request: pytest.FixtureRequest) -> None:
    assert uses_database(request.node)


def test_so_does_a_fixture_behind_a_fixture(request: pytest.FixtureRequest, process_env: dict[str, str]) -> None:
    assert uses_database(request.node)


def test_without_both_it_does_not(request: pytest.FixtureRequest) -> None:
    assert not uses_database(request.node)
