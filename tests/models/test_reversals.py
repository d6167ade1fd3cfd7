"""Migrations that must be reversible with data that the previous version has no room for."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from techs.models import Resolved, Submission, Tech
from techs.rules.attributes import NAME_MAX_LENGTH
from techs.rules.text import name_key, normalise
from tests.support import migrating
from tests.support.factories import add
from tests.support.uploads import push, service

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def migrate() -> Iterator[Any]:
    """Migrate back and forth; the test ends with the current tables."""
    yield lambda *name: migrating.migrate(*(("techs", *name) if name else ()))
    migrating.migrate()


def test_no_sort_key_is_too_long_for_the_previous_version(migrate: Any) -> None:
    """Its column takes 604 characters, and the key of a name needs 17 more than the name's key."""
    folded = [char for char in map(chr, range(sys.maxunicode)) if len(char.casefold()) > 1]
    names = {normalise(char * NAME_MAX_LENGTH)[:NAME_MAX_LENGTH] for char in folded}
    longest = max(map(name_key, names), key=len)
    assert len(longest) == 2 * NAME_MAX_LENGTH
    tech = add("ß" * NAME_MAX_LENGTH)
    migrate("0019_product_identifiers")
    migrate()
    assert Tech.objects.get().rank == tech.rank


def test_a_process_of_the_previous_version_writes_no_note(migrate: Any) -> None:
    submission = add("Django 3.2", note="Runs the till.").submissions.get()
    migrate("0022_date_changes")
    migrate()
    assert Tech.objects.get().note == "Runs the till."
    assert Submission.objects.get(pk=submission.pk).note is None


def test_resolved_technologies_get_their_service(migrate: Any) -> None:
    shop = service()
    for file in ("django==3.2.25\n", "django==5.2.1\n"):
        push(shop, file)
    by_hand = {"service": "", "slug": "", "from": ["2"], "to": ["Vue 3"], "by": ""}
    Resolved.objects.create(name="Vue 2", name_key="vue 2", level="low", attributes={}, moves=[by_hand])
    Resolved.objects.create(name="Vue 1", name_key="vue 1", level="low", attributes={})
    migrate("0026_hash_tokens")
    migrate()
    assert dict(Resolved.objects.values_list("name", "slug")) == {"Django 3.2": "shop", "Vue 2": "", "Vue 1": ""}
