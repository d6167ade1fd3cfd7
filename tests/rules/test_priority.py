"""The priority rule, rows 1-14: findings about one release cycle. Expected scores were worked out by hand."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from techs.rules.levels import Level
from techs.rules.priority import Assessment, assess
from techs.rules.products import EndOfLife, EndOfSupport, Match, Outcome, ProductFacts, ReleaseCycle, name_of

TODAY = date(2026, 11, 22)
PAGE = "https://example.org/widget"


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


def line(  # noqa: PLR0913 (as many as the facts have)
    *,
    eol: EndOfLife,
    name: str = "3.2",
    released: date | None = date(2020, 1, 1),
    label: str = "",
    active: EndOfSupport = None,
    extended: EndOfSupport = None,
    latest: str = "",
    latest_released: date | None = None,
) -> ReleaseCycle:
    return ReleaseCycle(
        name=name,
        released=released,
        eol=eol,
        label=label,
        active_support=active,
        extended_support=extended,
        latest=latest,
        latest_released=latest_released,
    )


def product(*lines: ReleaseCycle, facts_as_of: date = TODAY, title: str = "Widget") -> ProductFacts:
    return ProductFacts(slug="widget", title=title, url=PAGE, facts_as_of=facts_as_of, cycles=lines)


def typed(release: ReleaseCycle, *others: ReleaseCycle, version: str = "", facts_as_of: date = TODAY) -> Match:
    known = product(release, *others, facts_as_of=facts_as_of)
    return Match(outcome=Outcome.MATCHED, product=known, cycle=release, version=version)


def judge(
    release: ReleaseCycle, *others: ReleaseCycle, version: str = "", extended_support: bool = False
) -> Assessment:
    return assess(typed(release, *others, version=version), today=TODAY, extended_support=extended_support)


def codes(result: Assessment) -> list[str]:
    return [reason.code for reason in result.reasons]


def decision(result: Assessment) -> tuple[str, Level, int]:
    return result.reasons[0].code, result.level, result.score


def test_it_works() -> None:
    release = line(eol=date(2024, 4, 1), latest="3.2.25", latest_released=date(2024, 3, 4))
    newest = line(eol=date(2027, 12, 31), name="6.1", released=date(2026, 8, 5))
    result = judge(release, newest, version="3.2.18")

    assert decision(result) == ("EOL_PAST", Level.CRITICAL, 95)
    assert [reason.text for reason in result.reasons] == [
        "Widget 3.2: support ended on 2024-04-01.",
        "Widget 3.2: 3.2.18 is behind 3.2.25, released on 2024-03-04.",
        "Widget 3.2: behind the newest release cycle, 6.1, released on 2026-08-05.",
    ]
    assert {(reason.source, reason.facts_as_of) for reason in result.reasons} == {(PAGE, TODAY)}
    assert (result.product, result.release, result.end_of_life) == ("widget", "3.2", date(2024, 4, 1))
    assert (result.rule_version, result.assessed_on) == ("priority v2", TODAY)
    assert result.level.action == "act now"


@pytest.mark.parametrize(
    ("d", "code", "level", "score"),
    [
        (-5000, "EOL_PAST", Level.CRITICAL, 99),
        (-1620, "EOL_PAST", Level.CRITICAL, 99),
        (-1619, "EOL_PAST", Level.CRITICAL, 98),
        (-965, "EOL_PAST", Level.CRITICAL, 95),
        (-180, "EOL_PAST", Level.CRITICAL, 91),
        (-179, "EOL_PAST", Level.CRITICAL, 90),
        (-91, "EOL_PAST", Level.CRITICAL, 90),
        (-90, "EOL_JUST_PAST", Level.HIGH, 89),
        (-89, "EOL_JUST_PAST", Level.HIGH, 88),
        (-10, "EOL_JUST_PAST", Level.HIGH, 81),
        (-9, "EOL_JUST_PAST", Level.HIGH, 80),
        (-1, "EOL_JUST_PAST", Level.HIGH, 80),
        (0, "EOL_NEAR", Level.HIGH, 79),
        (1, "EOL_NEAR", Level.HIGH, 78),
        (45, "EOL_NEAR", Level.HIGH, 74),
        (90, "EOL_NEAR", Level.HIGH, 70),
        (91, "EOL_MID", Level.MEDIUM, 63),
        (135, "EOL_MID", Level.MEDIUM, 59),
        (180, "EOL_MID", Level.MEDIUM, 55),
        (181, "EOL_FAR", Level.MEDIUM, 53),
        (273, "EOL_FAR", Level.MEDIUM, 46),
        (365, "EOL_FAR", Level.MEDIUM, 40),
        (366, "SUPPORTED", Level.LOW, 18),
        (539, "SUPPORTED", Level.LOW, 18),
        (540, "SUPPORTED", Level.LOW, 17),
        (2520, "SUPPORTED", Level.LOW, 6),
        (2700, "SUPPORTED", Level.LOW, 5),
        (9999, "SUPPORTED", Level.LOW, 5),
    ],
)
@pytest.mark.parametrize("released", [date(2000, 1, 1), None])
def test_rows_1_3_5_to_8_of_a_long_life(released: date | None, d: int, code: str, level: Level, score: int) -> None:
    result = judge(line(eol=days(d), released=released))
    assert decision(result) == (code, level, score)
    assert codes(result) == [code]
    assert result.end_of_life == days(d)


@pytest.mark.parametrize(
    ("life", "d", "code", "score"),
    [
        # 400 days: near 90, mid 180, far 200
        (400, 180, "EOL_MID", 55),
        (400, 181, "EOL_FAR", 53),
        (400, 200, "EOL_FAR", 40),
        (400, 201, "SUPPORTED", 19),
        # 181 days: near 60, mid 90, far 90, so row 7 is empty
        (181, 60, "EOL_NEAR", 70),
        (181, 61, "EOL_MID", 63),
        (181, 90, "EOL_MID", 55),
        (181, 91, "SUPPORTED", 20),
        # 3 days: near, mid and far 1
        (3, 0, "EOL_NEAR", 79),
        (3, 1, "EOL_NEAR", 70),
        (3, 2, "SUPPORTED", 20),
        # 2 days: near 0, mid and far 1
        (2, 0, "EOL_NEAR", 79),
        (2, 1, "EOL_MID", 55),
        (2, 2, "SUPPORTED", 20),
        # nothing, or an end before the release: near, mid and far 0
        (1, 0, "EOL_NEAR", 79),
        (0, 0, "EOL_NEAR", 79),
        (0, 1, "SUPPORTED", 20),
        (-30, 0, "EOL_NEAR", 79),
        (-30, 1, "SUPPORTED", 20),
        (-30, -1, "EOL_JUST_PAST", 80),
    ],
)
def test_rows_5_to_8_of_a_short_life(life: int, d: int, code: str, score: int) -> None:
    result = judge(line(eol=days(d), released=days(d - life)))
    assert decision(result) == (code, Level.of(score), score)


def test_row_2_ended_on_an_unknown_day() -> None:
    result = judge(line(eol=True))
    assert decision(result) == ("EOL_NO_DATE", Level.CRITICAL, 92)
    assert result.end_of_life is None


def test_row_2_has_no_date_for_extended_support_to_soften() -> None:
    for ticked in (False, True):
        result = judge(line(eol=True, extended=days(500)), extended_support=ticked)
        assert codes(result) == ["EOL_NO_DATE"]


@pytest.mark.parametrize(
    ("d", "extended", "code", "score"),
    [
        (-134, 586, "EOL_EXTENDED", 74),
        (-134, 181, "EOL_EXTENDED", 74),
        (-134, 180, "EOL_EXTENDED", 79),
        (-134, 0, "EOL_EXTENDED", 79),
        (-134, -1, "EOL_PAST", 90),
        (-5000, 586, "EOL_EXTENDED", 74),
        (-90, 586, "EOL_EXTENDED", 74),
        (-1, 586, "EOL_EXTENDED", 74),
        (-10, -1, "EOL_JUST_PAST", 81),
        (0, 586, "EOL_NEAR", 79),
        (500, 586, "SUPPORTED", 18),
    ],
)
def test_row_4_extended_support_not_ticked(d: int, extended: int, code: str, score: int) -> None:
    result = judge(line(eol=days(d), extended=days(extended)))
    assert decision(result) == (code, Level.of(score), score)
    assert codes(result) == [code]
    assert result.end_of_life == days(d)


@pytest.mark.parametrize("extended", [True, False, None])
def test_row_4_needs_a_date(extended: EndOfSupport) -> None:
    for ticked in (False, True):
        assert codes(judge(line(eol=days(-400), extended=extended), extended_support=ticked)) == ["EOL_PAST"]


@pytest.mark.parametrize(
    ("extended", "code", "score"),
    [(586, "SUPPORTED", 17), (365, "EOL_FAR", 40), (180, "EOL_MID", 55), (90, "EOL_NEAR", 70), (0, "EOL_NEAR", 79)],
)
def test_row_4b_extended_support_ticked(extended: int, code: str, score: int) -> None:
    result = judge(line(eol=days(-134), extended=days(extended)), extended_support=True)
    assert decision(result) == (code, Level.of(score), score)
    assert codes(result) == [code, "EXTENDED_COVERED"]
    assert result.reasons[0].text == f"Widget 3.2: extended support ends on {days(extended)}."
    assert result.reasons[1].text == (
        f"Widget 3.2: support ended on {days(-134)}; covered by extended support until {days(extended)}."
    )
    assert result.end_of_life == days(extended)


def test_row_4b_counts_the_life_up_to_the_extended_date() -> None:
    # 30 days to its end, 300 to the end of extended support: near is 90 only with the whole life
    release = line(eol=days(-190), released=days(-220), extended=days(80))
    assert decision(judge(release, extended_support=True)) == ("EOL_NEAR", Level.HIGH, 71)


def test_row_9_no_end_announced() -> None:
    result = judge(line(eol=False))
    assert decision(result) == ("NO_END_DATE", Level.LOW, 15)
    assert result.end_of_life is None


@pytest.mark.parametrize(
    ("active", "expected"),
    [
        (days(-366), ["EOAS_LONG", "EOAS_PAST", "NO_END_DATE"]),
        (days(-365), ["EOAS_PAST", "NO_END_DATE"]),
        (days(-1), ["EOAS_PAST", "NO_END_DATE"]),
        (days(0), ["NO_END_DATE"]),
        (True, ["EOAS_PAST", "NO_END_DATE"]),
        (False, ["NO_END_DATE"]),
        (None, ["NO_END_DATE"]),
    ],
)
def test_rows_10_and_11_without_an_end_date(active: EndOfSupport, expected: list[str]) -> None:
    result = judge(line(eol=False, active=active))
    assert codes(result) == expected
    assert result.score == {"EOAS_LONG": 45, "EOAS_PAST": 25, "NO_END_DATE": 15}[expected[0]]


@pytest.mark.parametrize(
    ("d", "expected"),
    [(366, ["EOAS_PAST", "SUPPORTED"]), (365, ["EOL_FAR"]), (90, ["EOL_NEAR"]), (-1, ["EOL_JUST_PAST"])],
)
def test_rows_10_and_11_with_an_end_date(d: int, expected: list[str]) -> None:
    assert codes(judge(line(eol=days(d), active=days(-800)))) == expected


@pytest.mark.parametrize(
    ("age", "expected"), [(731, ["NO_RELEASE", "NO_END_DATE"]), (730, ["NO_END_DATE"]), (None, ["NO_END_DATE"])]
)
def test_row_12_no_release_for_two_years(age: int | None, expected: list[str]) -> None:
    result = judge(line(eol=False, latest_released=None if age is None else days(-age)))
    assert codes(result) == expected
    assert result.score == {"NO_RELEASE": 42, "NO_END_DATE": 15}[expected[0]]


def test_row_12_leaves_dated_lines_alone() -> None:
    assert codes(judge(line(eol=days(900), latest_released=days(-2000)))) == ["SUPPORTED"]


@pytest.mark.parametrize(("gap", "score"), [(365, 14), (729, 14), (730, 18), (1460, 26), (1825, 30), (4000, 30)])
def test_row_13_behind(gap: int, score: int) -> None:
    release = line(eol=days(3000), released=days(-5000))
    newest = line(eol=days(9000), name="9", released=days(gap - 5000))
    result = judge(release, newest)
    assert codes(result) == ["BEHIND", "SUPPORTED"]
    assert (result.level, result.score) == (Level.LOW, score)


def test_row_13_needs_a_year_and_both_dates() -> None:
    newest = line(eol=False, name="9", released=days(-100))
    for released in (days(-464), days(-50), None):
        assert "BEHIND" not in codes(judge(line(eol=days(2000), released=released), newest))
        assert "BEHIND" not in codes(judge(newest, line(eol=days(2000), released=released)))


def test_row_13_ignores_lines_that_are_not_out() -> None:
    announced = line(eol=False, name="10", released=days(1))
    assert "BEHIND" not in codes(judge(line(eol=days(2000), released=days(-400)), announced))
    assert "BEHIND" in codes(judge(line(eol=days(2000), released=days(-400)), replace(announced, released=TODAY)))


@pytest.mark.parametrize(("age", "score", "since"), [(91, 41, True), (90, 28, True), (0, 28, True), (None, 28, False)])
def test_row_14_patch_behind(age: int | None, score: int, since: bool) -> None:  # noqa: FBT001
    out = None if age is None else days(-age)
    result = judge(line(eol=days(2000), latest="3.2.17", latest_released=out), version="3.2.3")
    assert decision(result) == ("PATCH_BEHIND", Level.of(score), score)
    assert result.reasons[0].text == "Widget 3.2: 3.2.3 is behind 3.2.17" + (f", released on {out}." if since else ".")


@pytest.mark.parametrize(
    ("version", "latest", "behind"),
    [
        ("5.2.3", "5.2.17", True),
        ("14.1", "14.24", True),
        ("2.17.1", "2.26.1", True),
        ("20.11.1", "20.20.2", True),
        ("5.2.3.9", "5.2.17", True),
        ("5.2.17", "5.2.17", False),
        ("5.2.17.0", "5.2.17", False),
        ("5.2.18", "5.2.17", False),
        ("5.10.0", "5.9.9", False),
        ("5.2", "5.2.17", False),
        ("", "5.2.17", False),
        ("5.2.3", "", False),
        ("5.2.3rc1", "5.2.17", False),
        ("1.24.3", "1.24-eks-40", False),
        ("5.²", "5.3", False),
        ("5." + "9" * 5000, "5.3", False),
        ("5.0.0", "48.3.1", False),  # cycle and builds are numbered differently
    ],
)
def test_row_14_compares_full_numeric_versions(version: str, latest: str, behind: bool) -> None:  # noqa: FBT001
    release = line(eol=days(2000), latest=latest, latest_released=days(-100))
    assert ("PATCH_BEHIND" in codes(judge(release, version=version))) is behind


def test_rows_13_and_14_never_lower_a_level() -> None:
    release = line(eol=days(-1), latest="3.2.17", latest_released=days(-10))
    result = judge(release, line(eol=False, name="9", released=days(-10)), version="3.2.3")
    assert decision(result) == ("EOL_JUST_PAST", Level.HIGH, 80)
    assert codes(result) == ["EOL_JUST_PAST", "BEHIND", "PATCH_BEHIND"]


@pytest.mark.parametrize(
    ("title", "label", "name"),
    [
        ("Node.js", "20 (LTS)", "Node.js 20 (LTS)"),
        ("Node.js", "", "Node.js 1.0"),
        ("Ubuntu", "22.04 'Jammy Jellyfish' (LTS)", "Ubuntu 22.04 'Jammy Jellyfish' (LTS)"),
        ("Microsoft Windows Server", "Windows Server 2012 R2 (LTSC)", "Windows Server 2012 R2 (LTSC)"),
        ("Apple macOS", "macOS 14 (Sonoma)", "macOS 14 (Sonoma)"),
        ("Widget Mobile", "Widget G22", "Widget G22"),
        ("Acme Widget Watch", "Widget Watch9", "Widget Watch9"),
        ("Widget 2", "1.0", "Widget 2 1.0"),
        ("1 2 Widget", "1 (LTS)", "1 2 Widget 1 (LTS)"),
    ],
)
def test_a_name_says_nothing_twice(title: str, label: str, name: str) -> None:
    release = line(name="1.0", label=label, eol=False)
    assert name_of(product(release, title=title), release) == name
