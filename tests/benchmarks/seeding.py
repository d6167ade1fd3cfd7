"""A list of any length, quickly: rows are copies of some assessed ones, with other names."""

from collections.abc import Iterator
from copy import copy
from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command, get_commands
from django.db import connection

from techs.assessment.assessor import Assessor
from techs.inventory import counts, search
from techs.lifecycles import store
from techs.models import Tech, TechTag
from techs.rules.text import name_key
from techs.transactions import in_chunks, in_transaction
from tests.benchmarks import samples

OWNERS, TAGS = 200, 100
_ASSESSED = 2_000
_AT_ONCE = 2_000
# Housekeeping would fold the counts every few seconds.
_FOLD_EVERY = 20


def fill(rows: int) -> None:
    """Create so many technologies with owners, and two tags for each, some thousands a second."""
    originals = list(samples.techs(Assessor.current(), _ASSESSED))
    for number, some in enumerate(in_chunks(_copies(originals, rows), _AT_ONCE)):
        in_transaction(lambda some=some: _create(some))  # type: ignore[misc]
        if number % _FOLD_EVERY == 0:
            counts.fold(seconds=60)
    counts.fold(seconds=60)
    if "check_counts" in get_commands():
        call_command("check_counts", stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE TABLE {', '.join(_tables())}")


def _create(techs: list[Tech]) -> None:
    Tech.objects.bulk_create(techs)
    TechTag.objects.bulk_create(TechTag(tech=tech, tag=tag) for tech in techs for tag in tech.tags)
    search.index(techs)


def _tables() -> list[str]:
    """Return the table of the list, and those that refer to it."""
    models: list[Any] = [Tech, *(relation.related_model for relation in Tech._meta.related_objects)]
    return [model._meta.db_table for model in models]


def empty() -> None:
    """Truncate, which takes no time: rows deleted one by one take minutes."""
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f"TRUNCATE TABLE {table}")


def _copies(originals: list[Tech], rows: int) -> Iterator[Tech]:
    for number in range(rows):
        tech = copy(originals[number % len(originals)])
        tech.pk, tech._state = number + 1, copy(tech._state)
        tech.name = f"{tech.name} {number:07}"
        tech.name_key = name_key(tech.name)
        tech.new_words = store.current().words.words_of(tech.name, product=tech.product)
        tech.rank = Tech.rank_of(score=tech.score, name_key=tech.name_key, end=tech.end_of_life)
        tech.owner = f"Team {number * 7919 % OWNERS}"
        tech.owner_key = name_key(tech.owner)
        tech.tags = [f"tag-{number * 104729 % TAGS}", f"site-{number * 15485863 % TAGS}"]
        tech.submitted_at -= timedelta(minutes=number * 31 % 500_000)
        yield tech
