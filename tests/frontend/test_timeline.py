"""frontend.presenters.timeline: the releases of a product as bars. The page shows it as a table."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from frontend.presenters.timeline import Scale, Timeline
from techs.inventory import editing
from techs.rules.products import ProductFacts, ReleaseCycle
from techs.rules.support_phases import Place
from tests.support.factories import add
from tests.support.pages import attributes, page_of, text_of, texts

TODAY = date(2026, 11, 29)
NEW = ReleaseCycle("2", date(2026, 1, 1), date(2029, 1, 1), active_support=date(2027, 1, 1), latest="2.1")
OLD = ReleaseCycle("1", date(2023, 1, 1), date(2026, 1, 1), extended_support=date(2026, 6, 1))
OPEN = ReleaseCycle("3", date(2026, 6, 1), eol=False)
GONE = ReleaseCycle("0", None, eol=True)


def draw(*cycles: ReleaseCycle, url: str = "https://example.org/acme", is_assumed: bool = False, **place: Any) -> Any:
    product = ProductFacts("acme", "Acme", url, TODAY, cycles)
    return Timeline.of(product, Place(**place), is_assumed=is_assumed, today=TODAY)


def numbers(*texts: str) -> list[float]:
    return [float(text.removesuffix("%")) for text in texts]


def test_rows_and_marks() -> None:
    timeline = draw(OPEN, NEW, OLD, own="1", target="3")
    assert [(row.name, row.mark) for row in timeline.rows] == [("3", "target"), ("2", ""), ("1", "own")]
    assert timeline.legend == [
        ("full", "Supported"),
        ("security", "Security fixes only"),
        ("extended", "Extended support"),
    ]
    assert [row.mark for row in draw(NEW, own="2", target="", is_assumed=True).rows] == ["assumed"]


def test_words_and_cells() -> None:
    rows = draw(OPEN, NEW, OLD, GONE, own="1").rows
    assert [row.words for row in rows] == [
        "Supported without an announced end.",
        "Supported until 1 Jan 2027, then security fixes only until 1 Jan 2029.",
        "Supported until 1 Jan 2026, then extended support until 1 Jun 2026.",
    ]
    assert [(cell.day, cell.words) for cell in rows[0].cells] == [
        (None, "no announced end"),
        (None, ""),
        (None, ""),
    ]
    assert [cell.day for cell in rows[1].cells] == [date(2027, 1, 1), date(2029, 1, 1), None]
    assert draw(GONE, own="0").rows[0].words == "Support ended on an unknown day."


def test_parts_meet_and_stay_inside() -> None:
    for row in draw(OPEN, NEW, OLD, own="1").rows:
        edges = [numbers(part.x, part.width) for part in row.parts]
        for (left, width), (following, _) in pairwise(edges):
            assert left + width == pytest.approx(following, abs=0.02)
        assert all(left >= 0 and left + width <= 100.41 for left, width in edges)


def test_phases_before_the_drawing_are_left_out() -> None:
    ancient = ReleaseCycle("1", date(2000, 1, 1), eol=False, active_support=date(2010, 1, 1))
    assert [part.phase for part in draw(OPEN, ancient).rows[1].parts] == ["security"]


def test_an_open_end_leads_out_of_the_drawing() -> None:
    part = draw(OPEN).rows[0].parts[0]
    assert part.is_open
    assert sum(numbers(part.x, part.width)) == pytest.approx(100)


def test_the_time_since_support_ended() -> None:
    timeline = draw(NEW, OLD, own="1")
    gap = timeline.rows[1].gap
    assert gap.words == "Out of support since 1 Jan 2026"
    assert sum(numbers(gap.x, gap.width)) == pytest.approx(numbers(timeline.today)[0], abs=0.02)
    assert draw(NEW, OLD, own="2").rows[0].gap is None


def test_extended_support_of_the_team() -> None:
    covered = ReleaseCycle("1", date(2023, 1, 1), date(2026, 1, 1), extended_support=date(2028, 1, 1))
    assert [draw(covered, own="1", extended=has).rows[0].ends for has in (False, True)] == [
        date(2026, 1, 1),
        date(2028, 1, 1),
    ]
    assert draw(covered, own="1").rows[0].gap is None


def test_only_https_is_linked() -> None:
    assert draw(NEW, url="javascript:alert(1)").url == ""


def test_nothing_to_draw() -> None:
    assert draw(GONE) is None


@pytest.mark.parametrize(
    ("first", "last"),
    [(2026, 2027), (2025, 2028), (2021, 2030), (2012, 2037), (1990, 2037)],
)
def test_few_labels_in_any_range(first: int, last: int) -> None:
    ticks = Scale(date(first, 3, 1), date(last, 10, 1), TODAY).ticks()
    assert 1 <= len(ticks) <= 10
    assert all(day.day == 1 and day.month in (1, 7) for day in ticks)


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_where_we_are_and_could_be(client: Client) -> None:
    page = page_of(client.get(f"/techs/{add('Django 3.2').pk}/"))
    assert text_of(page, "#releases-heading") == "Releases of Django"
    assert text_of(page, ".spans .is-own th") == "3.2 in use"
    assert text_of(page, ".spans .is-target th").endswith("upgrade")
    assert "until 1 Apr 2024" in attributes(page, ".spans .is-own svg", "aria-label")[0]
    assert texts(page, ".dates tbody th") == texts(page, ".spans .release")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["our own thing", "djano 4", "Django 3.2, Redis 6"])
def test_without_a_product_there_is_no_drawing(client: Client, name: str) -> None:
    assert page_of(client.get(f"/techs/{add(name).pk}/")).select("#releases") == []


@pytest.mark.django_db(transaction=True)
def test_versionless_has_no_drawing_and_no_version_an_assumed_one(client: Client) -> None:
    tech = add("Django")
    assert text_of(page_of(client.get(f"/techs/{tech.pk}/")), ".spans .is-assumed .tag") == "assumed"
    editing.edit(tech, unversioned=True)
    assert page_of(client.get(f"/techs/{tech.pk}/")).select("#releases") == []
