"""Groups by owner of a list that is too long to read all of its rows."""

from datetime import date
from typing import Any

import pytest

from techs.inventory import paging
from techs.inventory.groups import read_groups
from techs.inventory.queries import ListQuery
from tests.support.factories import add
from tests.support.uploads import push, service

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("filters", [{}, {"kind": ("library",)}, {"include": "all"}])
@pytest.mark.parametrize("has_service_owners", [True, False])
def test_the_same_as_of_a_short_list(
    monkeypatch: pytest.MonkeyPatch,
    has_service_owners: bool,  # noqa: FBT001
    filters: dict[str, Any],
) -> None:
    add("Redis 7", owner="Ada")
    push(service("Shop", owner="Grace" if has_service_owners else ""), "django==3.2.25\n")
    push(service("Pay", owner="Linus" if has_service_owners else ""), "some-library==1\n")
    found = []
    for few in (paging.RARE, 0):
        monkeypatch.setattr(paging, "RARE", few)
        groups = read_groups(ListQuery(**filters), "owner", today=date(2026, 11, 30))
        found.append((groups.count, [(group.value, group.count) for group in groups.groups]))
    assert found[0] == found[1]
    assert found[0][0] >= (has_service_owners if filters.get("kind") else 1)
