"""Long lists, written without assessing each row."""

from typing import Any

from techs import cache
from techs.models import Tech
from tests.support.factories import add


def lengthen(number: int, **attributes: Any) -> None:
    """Add that many technologies that differ only in name."""
    first = add("Django 3.2", owner="Payments", tags=["shop"])
    names = [field.attname for field in Tech._meta.concrete_fields if field.name != "id"]
    fields = {name: getattr(first, name) for name in names} | attributes
    rows = (
        Tech(**fields | {"name": f"x {each}", "name_key": f"x {each}", "rank": f"{first.rank}{each:06d}"})
        for each in range(number - 1)
    )
    Tech.objects.bulk_create(rows, batch_size=500)
    cache.invalidate()
