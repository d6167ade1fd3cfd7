"""The levels of a service are stored, and always those of the technologies that it uses."""

from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from techs.inventory import editing, reassessment, summaries, usages
from techs.models import ServiceSummary
from tests.support import uploads as support
from tests.support.history import History
from tests.support.migrating import migrate
from tests.support.summaries import check_summaries, counted, stored

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = 60


@pytest.mark.parametrize("seed", range(3))
def test_summaries_follow_every_write(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    history, done = History(Random(seed), monkeypatch), []  # noqa: S311  a history, no secret
    for _ in range(STEPS):
        done.append(history.step())
        assert stored() == counted(), done
    assert any(summary.worst_rank for summary in ServiceSummary.objects.all())


@pytest.mark.parametrize("writer", [editing, reassessment, usages])
def test_a_writer_that_leaves_summaries_out_is_found(writer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "summaries", SimpleNamespace(place=summaries.place, refresh=lambda **_: None))
    history = History(Random(0), monkeypatch)  # noqa: S311
    assert any(history.step() and stored() != counted() for _ in range(5 * STEPS))


def test_the_migration_summarises_services() -> None:
    shop, pay = support.service(), support.service("Pay")
    support.service("Empty")
    support.push(shop, "django==3.2.25\nlib1==1\n")
    support.push(pay, "django==3.2.25\nnumpy==1.21.6\n")
    for _ in range(2):  # an interrupted migration is repeated
        migrate("techs", "0026_hash_tokens")
        migrate()
        check_summaries()
    assert ServiceSummary.objects.get(service=shop).levels == {"critical": 1}
