"""Rows to measure with."""

from collections.abc import Iterator
from itertools import cycle, islice

from django.utils import timezone

from techs.assessment.assessor import Assessor
from techs.lifecycles import store
from techs.models import Tech
from techs.rules.text import name_key


def techs(assessor: Assessor, number: int) -> Iterator[Tech]:
    """Create technologies with known products, with numbers that make their names unique."""
    products = store.current().facts.products.values()
    names = cycle(f"{product.title} {line.name}" for product in products for line in product.cycles)
    for place, name in enumerate(islice(names, number)):
        yield tech(assessor, f"{name}.{place}")


def tech(assessor: Assessor, name: str, **fields: object) -> Tech:
    """Create an assessed row, without saving it."""
    found = Tech(name=name, name_key=name_key(name), submitted_at=timezone.now(), **fields)
    assessor.assess(found)
    return found
