"""The order of technologies with the same score: by impact, then by end of life, then by name."""

from datetime import date
from itertools import pairwise

import pytest
from django.core.signing import Signer
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from techs.inventory import editing
from techs.models import Tech
from techs.rules.levels import Impact
from tests.support.factories import add

ENDS = st.none() | st.dates(date(1990, 1, 1), date(9999, 12, 30))
ROWS = st.tuples(st.integers(0, 100), st.sampled_from(Impact), ENDS, st.text("abz 0.", min_size=1, max_size=5))


def rank(row: tuple[int, Impact, date | None, str]) -> str:
    score, impact, end, name = row
    return Tech.rank_of(score=score, impact=impact, end=end, name_key=name)


@given(rows=st.lists(ROWS, min_size=2, max_size=20, unique=True))
def test_the_sort_key_sorts_by_score_impact_end_and_name(rows: list[tuple[int, Impact, date | None, str]]) -> None:
    order = list(Impact)
    expected = sorted(rows, key=lambda row: (-row[0], order.index(row[1]), row[2] or date.max, row[3]))
    assert sorted(rows, key=rank) == expected


@pytest.mark.django_db(transaction=True)
class TestList:
    # All with 99 points, with and without a date.
    NAMES = ("Log4j 1.2", "AngularJS 1.8", "AngularJS 1.7", "Debian 6")

    def names(self, client: Client, **params: str) -> list[str]:
        names: list[str] = []
        url: str | None = "/api/techs/"
        while url:
            page = client.get(url, {"page_size": "1", **params} if url == "/api/techs/" else {}).json()
            names += [row["name"] for row in page["data"]]
            url = page["next"]
        return names

    def test_pages_exports_and_the_original_list_share_one_order(self, client: Client) -> None:
        for name in ("React 16", *self.NAMES):
            add(name)
        add("Vue 2", impact="high")
        expected = [tech.name for tech in Tech.objects.order_by("rank")]

        assert self.names(client) == expected
        assert self.names(client, ordering="-priority") == expected[::-1]
        assert [row["name"] for row in client.get("/get").json()["data"]] == expected
        assert [row["name"] for row in client.get("/api/techs/export.json").json()] == expected
        keys = [
            (-tech.score, list(Impact).index(Impact(tech.impact)), tech.ends_on)
            for tech in Tech.objects.order_by("rank")
        ]
        assert all(first <= second for first, second in pairwise(keys))

    def test_an_edit_moves_a_row_among_its_equals(self, client: Client) -> None:
        for name in ("AngularJS 1.8", "AngularJS 1.7"):
            add(name)
        assert self.names(client) == ["AngularJS 1.7", "AngularJS 1.8"]
        editing.edit(Tech.objects.get(name="AngularJS 1.8"), impact="high")
        assert self.names(client) == ["AngularJS 1.8", "AngularJS 1.7"]

    def test_a_cursor_of_the_previous_version_is_refused(self, client: Client) -> None:
        cursor = Signer(salt="techs.listing.cursor").sign_object(["priority", False, "005 django 3.2"])
        response = client.get("/api/techs/", {"cursor": cursor})
        assert (response.status_code, list(response.json())) == (400, ["cursor"])
