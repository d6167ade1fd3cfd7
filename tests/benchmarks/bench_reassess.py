"""The time to reassess a long list on a new day."""

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, islice

import pytest
from django.utils import timezone

from techs.assessment.assessor import Assessor
from techs.inventory import reassessment
from techs.lifecycles import store
from techs.models import Tech
from techs.rules.text import name_key

ROWS = 100_000


def _rows(assessor: Assessor) -> Iterator[Tech]:
    """Create technologies with known products, with numbers that make their names unique."""
    products = list(store.current().facts.products.values())
    names = cycle(f"{product.title} {line.name}" for product in products for line in product.cycles)
    for number, name in enumerate(islice(names, ROWS)):
        tech = Tech(name=f"{name}.{number}", submitted_at=timezone.now())
        tech.name_key = name_key(tech.name)
        assessor.assess(tech)
        yield tech


@pytest.mark.django_db(transaction=True)
def test_a_new_day(capsys: pytest.CaptureFixture[str]) -> None:
    today = Assessor.current()
    Tech.objects.bulk_create(_rows(Assessor(catalogue=today.catalogue, today=today.today - timedelta(days=30))), 1000)
    started = time.monotonic()
    assert reassessment.reassess(seconds=3600) is False
    took = time.monotonic() - started
    assert not Tech.objects.exclude(basis=today.basis).exists()
    with capsys.disabled():
        print(f"\n{ROWS} technologies assessed again, one process: {took:.0f} s")
