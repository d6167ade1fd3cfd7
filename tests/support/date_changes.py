"""Publish lifecycle data in which an end date moves."""

from datetime import date
from typing import Any

from django.utils import timezone

from techs import tasks
from techs.lifecycles import sync
from techs.models import DateChange, TechDateChange
from tests.support.lifecycle_server import TEN, Answer, LifecycleServer, document, product, release

BEFORE, AFTER = "2028-04-01", "2028-04-30"


def publish(publisher: LifecycleServer, *releases: dict[str, Any]) -> None:
    """Publish these releases of Django beside ten other products, and synchronise like the daily task."""
    publisher.answer = Answer(document(*TEN, product("django", *releases)))
    sync.run()
    tasks.reassess()


def django(eol: str | None = BEFORE, **facts: Any) -> dict[str, Any]:
    """Return the release Django 5.2 with this end of life."""
    return release("5.2", eolFrom=eol, **facts)


def records() -> list[tuple[str, str, str, str, str]]:
    rows = DateChange.objects.order_by("pk")
    return list(rows.values_list("product", "cycle", "field", "before", "after"))


def events() -> list[str]:
    return [str(event) for event in TechDateChange.objects.order_by("pk")]


def today() -> date:
    return timezone.now().date()
