"""The drawing of the levels over the last year."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from frontend.dates import exact
from frontend.presenters.trend import HEIGHT, WIDTH, TrendChart
from techs import cache
from techs.inventory import editing
from techs.inventory.trend import TrendDay
from techs.models import LevelDay
from techs.rules.levels import by_level
from tests.support.factories import add
from tests.support.pages import attribute, attributes, one, text_of, texts, visit

TODAY = date(2026, 11, 29)


def day(days_ago: int, *, accepted: int | None = 0, **counts: int) -> TrendDay:
    return TrendDay(TODAY - timedelta(days=days_ago), by_level(counts), accepted)


def chart(*days: TrendDay) -> TrendChart:
    drawn = TrendChart.of(days, today=TODAY)
    assert drawn is not None
    return drawn


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ({"critical": 5}, {"critical": 2}, "3 fewer critical than a month ago"),
        (
            {"critical": 5, "high": 1},
            {"critical": 6, "high": 1201},
            "1 more critical, 1,200 more high than a month ago",
        ),
        ({"low": 5}, {"low": 9}, "As many critical and high as a month ago"),
    ],
)
def test_change_since_last_month(before: dict[str, int], now: dict[str, int], words: str) -> None:
    assert chart(day(30, **before), day(1, low=1), day(0, **now)).words == words


def test_change_since_another_day_names_it() -> None:
    assert chart(day(3, high=1), day(0)).words == "1 fewer high than on 26 Nov 2026"
    assert chart(day(90, high=1), day(0)).words == "1 fewer high than on 31 Aug 2026"


@pytest.mark.parametrize("days", [[], [day(0, low=1)]])
def test_a_single_day_has_no_trend(days: list[TrendDay]) -> None:
    assert TrendChart.of(days, today=TODAY) is None


def test_accepted_risks_in_words() -> None:
    words = "1 fewer critical, 2 more accepted than a month ago"
    assert chart(day(30, critical=2), day(0, critical=1, low=2, accepted=2)).words == words
    unknown = chart(day(30, critical=2, low=9, accepted=None), day(0, critical=1, low=2, accepted=2))
    assert unknown.words == "1 fewer critical than a month ago"


def test_levels_are_stacked_with_the_worst_at_the_bottom() -> None:
    areas = chart(day(28, critical=1, low=1), day(14, critical=2, low=2), day(0, critical=4)).areas
    one, two, four = HEIGHT * 3 // 4, HEIGHT // 2, 0
    middle, last = (round(WIDTH * number / 29) for number in (14, 28))
    assert [(area.level, area.path) for area in areas] == [
        ("low", f"M0 {HEIGHT}H0V{two}H{middle}V{four}H{last}V{four}H{WIDTH}V{HEIGHT}Z"),
        ("critical", f"M0 {HEIGHT}H0V{one}H{middle}V{two}H{last}V{four}H{WIDTH}V{HEIGHT}Z"),
    ]


def test_accepted_risks_have_an_area_between_unknown_and_low() -> None:
    areas = chart(day(28, unknown=1, low=3, accepted=2), day(0, unknown=1, low=3, accepted=2)).areas
    assert [(area.level, area.path.split("V")[1].partition("H")[0]) for area in areas] == [
        ("low", "0"),
        ("accepted", "20"),
        ("unknown", "60"),
    ]


def test_days_that_were_counted_without_accepted_risks_say_so() -> None:
    drawn = chart(day(2, low=1200, accepted=None), day(1, low=4, critical=1, accepted=3), day(0, low=4, accepted=4))
    assert [column.words.split("\n") for column in drawn.columns] == [
        ["27 Nov 2026", "1,200 technologies", "1,200 low or accepted"],
        ["28 Nov 2026", "5 technologies", "1 critical", "3 accepted", "1 low"],
        ["29 Nov 2026", "4 technologies", "4 accepted"],
    ]
    assert drawn.unsplit_until == date(2026, 11, 27)
    assert [cells[-2:] for _, cells in drawn.months] == [[None, 1200], [4, 0]]
    assert chart(day(2), day(0)).unsplit_until is None


def test_numbers_of_a_moment_that_do_not_fit_together() -> None:
    """The list changed between the two queries."""
    (_, column) = chart(day(2), day(0, low=1, accepted=2)).columns
    assert column.words.endswith("1 technology\n1 accepted")


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (3, 4), (10, 10), (11, 12), (41, 50), (99, 100), (101, 120), (5_004, 6_000)]
)
def test_the_axis_ends_at_a_readable_number(most: int, top: int) -> None:
    drawn = chart(day(1, low=most), day(0))
    assert (drawn.top, drawn.half) == (top, top // 2)


@pytest.mark.parametrize(
    ("days_ago", "labels"),
    [
        (3, ["9 Nov", "16 Nov", "23 Nov"]),
        (60, ["5 Oct", "19 Oct", "2 Nov", "16 Nov"]),
        (100, ["Sep", "Oct", "Nov"]),
        (365, ["Jan", "Mar", "May", "Jul", "Sep"]),
    ],
)
def test_ticks(days_ago: int, labels: list[str]) -> None:
    assert [tick.label for tick in chart(day(days_ago), day(0)).ticks if tick.label] == labels


def test_every_day_has_a_column() -> None:
    columns = chart(*(day(number, low=1) for number in reversed(range(40)))).columns
    assert len(columns) == 40
    assert (columns[0].x, {column.width for column in columns}) == ("0.00%", {"2.50%"})
    gap = chart(day(39), day(9), day(0)).columns
    assert [column.width for column in gap] == ["75.00%", "22.50%", "2.50%"], "numbers hold until the next ones"


def test_a_year_takes_few_bytes() -> None:
    days = [day(number, critical=number, high=3, medium=5, unknown=1, low=number % 7) for number in range(366)]
    drawn = chart(*reversed(days))
    assert len(drawn.areas) == 5
    assert sum(len(area.path) for area in drawn.areas) < 6_000
    assert len(drawn.columns) == 74
    assert drawn.columns[-1].words.startswith("29 Nov 2026"), "today is one of them"
    assert float(drawn.columns[-1].width[:-1]) == pytest.approx(100 * 5 / 366, abs=0.01)


def test_table_has_a_row_for_each_month_and_for_today() -> None:
    days = [day(number, low=number) for number in (70, 69, 40, 3, 0)]
    assert [(when.isoformat(), cells[-1]) for when, cells in chart(*days).months] == [
        ("2026-09-20", 70),
        ("2026-10-20", 40),
        ("2026-11-26", 3),
        ("2026-11-29", 0),
    ]


@pytest.mark.django_db(transaction=True)
def test_it_is_shown_for_the_whole_list_and_for_an_owner(client: Client) -> None:
    add("Django 3.2", owner="Web")
    today = datetime.now(UTC).date()
    assert text_of(visit(client, "/"), ".trend .help") == "The trend appears tomorrow."
    for owner, before in (("", 4), ("web", 2)):
        # Of today, the list is newer than the numbers that the worker counted minutes ago.
        for when, critical in ((today - timedelta(days=30), before), (today, 7)):
            LevelDay.objects.update_or_create(
                day=when, owner_key=owner, defaults={"levels": by_level({"critical": critical}), "accepted": 0}
            )
    cache.invalidate()
    for url, words in (("/", "3 fewer critical"), ("/?owner=Web", "1 fewer critical"), ("/?priority=high", "3 fewer")):
        trend = one(visit(client, url), ".trend")
        assert text_of(trend, ".help").startswith(words)
        assert words in attribute(trend, "svg[role=img]", "aria-label")
        assert attributes(trend, "svg svg path", "class") == ["is-critical"]
        assert texts(trend, "tr:last-child td") == ["1", "0", "0", "0", "0", "0"]
        assert texts(trend, ".scale span") == (["4", "2", "0"] if "owner" not in url else ["2", "1", "0"])
        assert text_of(trend, ".day:last-child title") == f"{exact(today)} 1 technology 1 critical"
    for url in ("/?tag=web", "/?owner=web&owner=data", "/?q=django"):
        assert not visit(client, url).select(".trend")


@pytest.mark.django_db(transaction=True)
def test_it_ends_with_the_numbers_of_the_tabs(client: Client) -> None:
    add("Django 3.2")
    editing.edit(add("Vue 2.7"), level_override="low", override_review_on=date(2099, 1, 1), note="Isolated.")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    LevelDay.objects.create(day=yesterday, levels=by_level({"low": 2}))
    cache.invalidate()
    page = visit(client, "/")
    assert texts(page, ".tab")[1:] == ["Critical 1", "High 0", "Medium 0", "Unknown 0", "Accepted 1", "Low 0"]
    assert texts(page, ".trend tbody tr:last-child td") == ["1", "0", "0", "0", "1", "0"]
    assert "not counted" in texts(page, ".trend tbody tr:first-child td")
    assert text_of(page, ".trend caption").endswith(f"Until {exact(yesterday)}, accepted risks are counted as low.")
    assert attributes(page, ".trend svg svg path", "class") == ["is-low", "is-accepted", "is-critical"]
