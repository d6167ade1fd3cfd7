"""Outputs are those of REST framework's own serializers, but take a fraction of their time."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ModelSerializer

from techs.exports.serializers import ExportedTechOutput, JsonTechOutput
from techs.inventory import editing, reads
from techs.inventory.queries import ListQuery
from techs.inventory.serializers import BriefTechOutput, TechDetailOutput, TechOutput
from techs.models import Tech
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

REVIEW = timezone.now().date() + timedelta(days=30)
TECHS: dict[str, Callable[[], Tech]] = {
    "supported": lambda: add("Django 5.2"),
    "out of support": lambda: add("Django 3.2", owner="Größe & Söhne", tags=["shop", "web"], impact="critical"),
    "unknown": lambda: add("Djagno 3.2"),
    "library": lambda: add("left-pad 1.3", kind="library"),
    "accepted": lambda: editing.edit(add("PHP 7.4"), note="isolated", level_override="low", override_review_on=REVIEW),
    "versionless": lambda: editing.edit(add("Billing"), unversioned=True),
    "upgraded": lambda: editing.edit(add("Django 3.2"), text="Django 4.2"),
}


@pytest.mark.parametrize("output", [TechOutput, TechDetailOutput, BriefTechOutput, ExportedTechOutput, JsonTechOutput])
@pytest.mark.parametrize("made", TECHS)
def test_as_rest_framework_does(output: type[Any], made: str) -> None:
    tech = Tech.objects.get(pk=TECHS[made]().pk)
    serializer = output(context={"services": {tech.pk: [("Shop", "shop")]}})
    expected = ModelSerializer.to_representation(serializer, tech)
    assert list(serializer.to_representation(tech).items()) == list(expected.items())


def test_each_serializer_has_its_own_context() -> None:
    tech = add("Django 3.2")
    services = [JsonTechOutput(context={"services": {tech.pk: [(name, name)]}}) for name in ("a", "b")]
    assert [each.to_representation(tech)["used_by"][0]["name"] for each in services] == ["a", "b"]


def test_a_page_rendered_now_and_one_from_the_cache_have_the_same_content() -> None:
    for make in TECHS.values():
        make()
    (rendered, was_cached), (stored, is_cached) = reads.read_page(ListQuery()), reads.read_page(ListQuery())
    assert (was_cached, is_cached) == (False, True)
    assert rendered.content is not None
    assert stored.content is None
    assert rendered.parsed == stored.parsed
    assert rendered.data == stored.data == JSONRenderer().render(rendered.parsed)


def test_days_and_times_are_texts() -> None:
    row = TechOutput().to_representation(Tech.objects.get(pk=add("Django 3.2").pk))
    assert date.fromisoformat(row["end_of_life"]) == date(2024, 4, 1)
    assert row["submitted_at"].endswith("Z")
