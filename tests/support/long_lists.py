"""Long lists, written without assessing each row, and the memory that a database needs for them."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from techs import cache
from techs.models import Tech
from tests.support.factories import add

# Bytes for the database's cache: a small production server's.
_MEMORY = 1024**3


@contextmanager
def production_memory() -> Generator[None, None, None]:
    """Give MySQL or MariaDB the memory of a small production server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@GLOBAL.innodb_buffer_pool_size")
        (usual,) = cursor.fetchone()
    _set_memory(_MEMORY)
    try:
        yield
    finally:
        _set_memory(usual)


def _set_memory(size: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET GLOBAL innodb_buffer_pool_size = {size}")


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
