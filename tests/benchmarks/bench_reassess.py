"""The time to reassess a long list on a new day."""

import time
from datetime import timedelta

import pytest

from techs.assessment.assessor import Assessor
from techs.inventory import reassessment
from techs.models import Tech
from tests.benchmarks import samples

ROWS = 100_000


@pytest.mark.django_db(transaction=True)
def test_a_new_day(capsys: pytest.CaptureFixture[str]) -> None:
    today = Assessor.current()
    before = Assessor(catalogue=today.catalogue, today=today.today - timedelta(days=30))
    Tech.objects.bulk_create(samples.techs(before, ROWS), 1000)
    started = time.monotonic()
    assert reassessment.reassess(seconds=3600) is False
    took = time.monotonic() - started
    assert not Tech.objects.exclude(basis=today.basis).exists()
    with capsys.disabled():
        print(f"\n{ROWS} technologies assessed again, one process: {took:.0f} s")
