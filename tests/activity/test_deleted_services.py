"""The activity of deleted services, by their slugs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from techs.activity import recording
from techs.inventory import activity_queries, services
from techs.models import Action, Change, ObjectKind, Service
from techs.rules.services import slug_of
from tests.support import uploads
from tests.support.actions import act, tech

pytestmark = pytest.mark.django_db(transaction=True)


def found(slug: str) -> set[int]:
    """Return the services that the activity finds."""
    changes = Change.objects.filter(service_id__in=activity_queries.services_of(slug))
    return {change.service_id for change in changes if change.service_id}


def purge(service: Service) -> None:
    """Delete a service, as housekeeping does a day after somebody deleted it."""
    services.delete(service)
    Service.objects.filter(pk=service.pk).update(purge_at=timezone.now() - timedelta(days=1), recounted_to=None)
    assert services.purge(seconds=60) == 1


def as_an_older_version(service: Service) -> None:
    """Record a change without the slug, and delete the service."""
    Action.objects.all().delete()
    other = tech(1)
    other.service_id = service.pk
    act(recording.of_service(service, {"owner": ["", "Web"]}), other)
    service.delete()


def test_slugs_are_recorded() -> None:
    first, second = uploads.service("Shop"), uploads.service("Shop!")
    assert (first.slug, second.slug) == ("shop", "shop-2")
    services.change(second, name="Webshop")
    keys = first.pk, second.pk
    for each in (first, second):
        purge(each)
    assert (found("shop"), found("shop-2")) == ({keys[0]}, {keys[1]})
    assert found("webshop") == found("shop-3") == set()


def test_another_service_has_the_slug_now() -> None:
    purge(uploads.service("Shop"))
    again = uploads.service("Shop")
    assert found("shop") == {again.pk}


def test_older_versions_recorded_no_slugs() -> None:
    shop = uploads.service("Café & Bar")
    pk = shop.pk
    as_an_older_version(shop)
    assert found("cafe-bar") == {pk}
    # Perhaps another service had its name, and then it was numbered.
    assert found("cafe-bar-2") == {pk}
    assert found("cafe") == found("cafe-bars") == set()
    again = uploads.service("Café & Bar")
    assert found("cafe-bar") == {again.pk}


def test_an_unknown_slug_reads_no_changes_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    former = uploads.service("Former")
    pk = former.pk
    as_an_older_version(former)
    for number in range(5):
        services.change(uploads.service(f"Shop {number}"), owner="Web")
    names: list[str] = []

    def noted(name: str) -> str:
        names.append(name)
        return slug_of(name)

    monkeypatch.setattr(activity_queries, "slug_of", noted)
    assert found("unknown") == set()
    assert names == ["Former"]
    assert activity_queries._deleted_services() == {pk}
    assert Change.objects.filter(object=ObjectKind.SERVICE).count() > 5
