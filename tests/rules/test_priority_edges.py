"""The priority rule, rows 15-20 and edge cases: missing versions, unknown names, old lifecycle data."""

from datetime import date

import pytest

from techs.rules.levels import Level
from techs.rules.priority import Assessment, assess
from techs.rules.products import Match, Outcome, ReleaseCycle
from tests.rules.test_priority import PAGE, TODAY, codes, days, decision, judge, line, product, typed


def candidates(*lines: ReleaseCycle, version: str = "", facts_as_of: date = TODAY) -> Match:
    known = product(*lines, facts_as_of=facts_as_of)
    return Match(outcome=Outcome.CANDIDATES, product=known, candidates=lines, version=version)


def judge_open(*lines: ReleaseCycle, version: str = "", today: date = TODAY) -> Assessment:
    return assess(candidates(*lines, version=version), today=today)


def ended(name: str, *, released: date) -> ReleaseCycle:
    return line(eol=days(-200), name=name, released=released)


def running(name: str, *, released: date, left: int = 2000) -> ReleaseCycle:
    return line(eol=days(left), name=name, released=released)


# --- Rows 15-17: no version, or a partial one ---


def test_row_15_all_ended_is_as_bad_as_the_newest() -> None:
    newest = line(eol=days(-1787), name="1.8", released=days(-2500))
    older = line(eol=days(-4000), name="1.7", released=days(-5000))
    result = judge_open(older, newest)
    assert decision(result) == ("ALL_EOL", Level.CRITICAL, 99)
    assert codes(result) == ["ALL_EOL", "EOL_PAST"]
    assert result.reasons[0].text == "Widget: every matching release has ended. Assumed the newest, 1.8."
    assert (result.release, result.end_of_life) == (None, days(-1787))


def test_row_15_follows_the_newest_when_extended_support_runs() -> None:
    newest = line(eol=days(-400), name="9", released=days(-1000), extended=days(100))
    match = candidates(newest, ended("8", released=days(-1500)))
    assert decision(assess(match, today=TODAY)) == ("ALL_EOL", Level.HIGH, 79)
    covered = assess(match, today=TODAY, extended_support=True)
    assert decision(covered) == ("ALL_EOL", Level.MEDIUM, 63)
    assert codes(covered) == ["ALL_EOL", "EOL_MID", "EXTENDED_COVERED"]
    assert covered.end_of_life == days(100)


def test_row_15_ignores_a_line_that_is_not_out() -> None:
    assert codes(judge_open(running("10", released=days(1)), ended("9", released=days(-900))))[0] == "ALL_EOL"


@pytest.mark.parametrize(
    ("over", "total", "code", "score"),
    [
        (0, 4, "VERSION_ASSUMED", 30),
        (1, 3, "VERSION_ASSUMED", 30),
        (1, 2, "VERSION_MISSING", 45),
        (2, 4, "VERSION_MISSING", 45),
        (2, 3, "VERSION_MISSING", 45),
        (6, 9, "VERSION_MISSING", 45),
    ],
)
def test_rows_16_and_17_half_of_the_recent_lines(over: int, total: int, code: str, score: int) -> None:
    lines = [running(f"{n}", released=days(-n - 300)) for n in range(total - over)]
    lines += [ended(f"{n}", released=days(-n - 400)) for n in range(over)]
    result = judge_open(*lines)
    assert decision(result) == (code, Level.of(score), score)
    assert "SUPPORTED" in codes(result)
    assert (result.release, result.end_of_life) == (None, days(2000))


@pytest.mark.parametrize(("left", "score"), [(0, 79), (135, 59), (300, 45), (365, 45)])
def test_row_16_takes_the_worse_of_45_and_the_newest(left: int, score: int) -> None:
    result = judge_open(
        running("9", released=days(-600), left=left), ended("8", released=days(-900)), ended("7", released=days(-990))
    )
    assert decision(result) == ("VERSION_MISSING", Level.of(score), score)


@pytest.mark.parametrize(("left", "score"), [(0, 79), (365, 40), (366, 30)])
def test_row_17_takes_the_worse_of_30_and_the_newest(left: int, score: int) -> None:
    result = judge_open(running("18", released=days(-900), left=left), running("17", released=days(-950)))
    assert decision(result) == ("VERSION_ASSUMED", Level.of(score), score)
    assert result.reasons[0].text == "Widget: no version given. Assumed the newest, 18."


def test_row_16_counts_lines_of_the_last_five_years() -> None:
    newest, edge = running("9", released=days(-100)), date(2021, 11, 22)
    on_the_edge = judge_open(newest, ended("8", released=edge))
    assert on_the_edge.reasons[0].text == (
        "Widget: no version given. Assumed the newest, 9; 1 of the last 2 has ended."
    )
    assert codes(judge_open(newest, ended("8", released=date(2021, 11, 21))))[0] == "VERSION_ASSUMED"
    undated = line(eol=True, name="8", released=None)
    assert codes(judge_open(newest, undated))[0] == "VERSION_ASSUMED"


def test_row_16_five_years_before_a_leap_day() -> None:
    today = date(2028, 2, 29)
    lines = running("9", released=date(2027, 6, 1)), ended("8", released=date(2023, 2, 28))
    assert codes(judge_open(*lines, today=today))[0] == "VERSION_MISSING"
    earlier = ended("8", released=date(2023, 2, 27))
    assert codes(judge_open(lines[0], earlier, today=today))[0] == "VERSION_ASSUMED"


def test_row_17_when_no_line_is_recent() -> None:
    old = line(eol=False, name="2", released=date(2010, 1, 1))
    assert decision(judge_open(old, ended("1", released=date(2005, 1, 1)))) == ("VERSION_ASSUMED", Level.LOW, 30)


def test_the_assumed_line_is_the_newest_still_supported() -> None:
    result = judge_open(
        ended("short", released=days(-300)),
        running("long", released=days(-800)),
        running("older", released=days(-900)),
        running("later", released=days(1)),
    )
    assert result.reasons[0].text == "Widget: no version given. Assumed the newest supported, long."
    assert result.reasons[1].text == f"Widget long: support ends on {days(2000)}."


def test_the_assumed_line_of_equals_is_the_first_listed() -> None:
    result = judge_open(*(line(eol=False, name=name, released=None) for name in ("b", "a")))
    assert "Assumed the newest, b." in result.reasons[0].text


def test_lines_that_are_not_out_count_when_there_is_no_other() -> None:
    assert "Assumed the newest, 1." in judge_open(running("1", released=days(30))).reasons[0].text


def test_a_single_candidate_is_named() -> None:
    result = judge_open(running("3.14", released=days(-100)), version="3")
    assert result.release == "3.14"
    assert result.reasons[0].text == "Widget 3: no exact version given. Assumed the newest, 3.14."


def test_a_partial_version_is_not_a_patch() -> None:
    release = line(eol=days(2000), name="3.1", latest="4", latest_released=days(-100))
    assert "PATCH_BEHIND" not in codes(judge_open(release, version="3"))


# --- Rows 18-19: unknown ---


@pytest.mark.parametrize(
    ("outcome", "suggestions", "code", "score", "text"),
    [
        (Outcome.NO_MATCH, ("Django",), "NO_MATCH", 38, "We don't know this product. Did you mean Django?"),
        (Outcome.NO_MATCH, ("A", "B", "C"), "NO_MATCH", 38, "We don't know this product. Did you mean A, B or C?"),
        (
            Outcome.NO_MATCH,
            (),
            "NO_MATCH",
            38,
            "We don't know this product. Enter a product and its version, such as Django 5.2.",
        ),
        (
            Outcome.VENDOR,
            ("AWS Lambda", "Amazon EKS"),
            "VENDOR",
            39,
            "This is the name of a vendor. Enter a product, such as AWS Lambda or Amazon EKS.",
        ),
        (Outcome.VENDOR, (), "VENDOR", 39, "This is the name of a vendor. Enter a product."),
        (
            Outcome.AMBIGUOUS,
            (".NET", ".NET Framework"),
            "AMBIGUOUS_NAME",
            36,
            "This can mean .NET or .NET Framework. Enter the one you use.",
        ),
        (Outcome.AMBIGUOUS, (), "AMBIGUOUS_NAME", 36, "This can mean several products. Enter the one you use."),
    ],
)
def test_row_19_no_product(outcome: Outcome, suggestions: tuple[str, ...], code: str, score: int, text: str) -> None:
    result = assess(Match(outcome=outcome, suggestions=suggestions), today=TODAY)
    assert decision(result) == (code, Level.UNKNOWN, score)
    assert (len(result.reasons), result.reasons[0].text) == (1, text)
    assert (result.reasons[0].source, result.reasons[0].facts_as_of) == (None, None)
    assert (result.product, result.release, result.end_of_life) == (None, None, None)
    assert result.level.action == "tell us more"


@pytest.mark.parametrize(
    ("newer", "suggestions", "hint"),
    [
        (True, (), "Widget 9 is newer than our lifecycle data from 2026-11-22. Update the data."),
        (False, (), "Widget 9: we don't know this release. Enter one such as Widget 5."),
        (
            False,
            ("Widget 5", "Widget 4"),
            "Widget 9: we don't know this release. Did you mean Widget 5 or Widget 4?",
        ),
    ],
)
def test_row_18_release_unknown(newer: bool, suggestions: tuple[str, ...], hint: str) -> None:  # noqa: FBT001
    match = Match(
        outcome=Outcome.RELEASE_UNKNOWN,
        product=product(ended("4", released=days(-900)), running("5", released=days(-30))),
        version="9",
        newer_than_facts=newer,
        suggestions=suggestions,
    )
    result = assess(match, today=TODAY)
    assert decision(result) == ("RELEASE_UNKNOWN", Level.UNKNOWN, 37)
    assert (result.reasons[0].text, result.reasons[0].source) == (hint, PAGE)
    assert (result.product, result.release, result.end_of_life) == ("widget", None, None)


def test_row_18_a_product_without_lines() -> None:
    result = judge_open()
    assert decision(result) == ("RELEASE_UNKNOWN", Level.UNKNOWN, 37)
    assert result.reasons[0].text == "Widget: we don't know this release. The lifecycle data has no releases for it."


# --- Row 20: old lifecycle data ---


def test_row_20_a_note_over_45_days() -> None:
    release = running("5", released=days(-30))
    assert codes(assess(typed(release, facts_as_of=days(-45)), today=TODAY)) == ["SUPPORTED"]
    result = assess(typed(release, facts_as_of=days(-46)), today=TODAY)
    assert codes(result) == ["SUPPORTED", "STALE_FACTS"]
    assert result.reasons[-1].text == f"Widget: our lifecycle data is from {days(-46)}. Update the data."


def test_row_20_a_note_for_an_unknown_release_too() -> None:
    match = Match(outcome=Outcome.RELEASE_UNKNOWN, product=product(facts_as_of=days(-90)), version="9")
    assert codes(assess(match, today=TODAY)) == ["RELEASE_UNKNOWN", "STALE_FACTS"]


@pytest.mark.parametrize(
    ("d", "age", "code", "score"),
    [
        (-3, 92, "STALE_FACTS", 50),
        (-3, 46, "STALE_FACTS", 50),
        (-3, 45, "EOL_JUST_PAST", 80),
        (-91, 92, "STALE_FACTS", 50),
        (-92, 92, "EOL_PAST", 90),
        (-93, 92, "EOL_PAST", 90),
        (0, 92, "EOL_NEAR", 79),
    ],
)
def test_row_20_the_newest_line_ended_after_the_facts(d: int, age: int, code: str, score: int) -> None:
    match = typed(line(eol=days(d)), line(eol=days(-900), name="1", released=days(-5000)), facts_as_of=days(-age))
    result = assess(match, today=TODAY)
    assert decision(result) == (code, Level.of(score), score)
    if code == "STALE_FACTS":
        assert codes(result) == ["STALE_FACTS", "EOL_JUST_PAST" if d >= -90 else "EOL_PAST"]
        assert "a newer release probably exists" in result.reasons[0].text


def test_row_20_spares_only_the_newest_line() -> None:
    newer = running("9", released=days(-10))
    result = assess(typed(line(eol=days(-3)), newer, facts_as_of=days(-92)), today=TODAY)
    assert (result.score, codes(result)) == (80, ["EOL_JUST_PAST", "BEHIND", "STALE_FACTS"])


def test_row_20_holds_for_extended_support_but_never_raises() -> None:
    match = typed(line(eol=days(-3), extended=days(900)), facts_as_of=days(-92))
    assert codes(assess(match, today=TODAY)) == ["STALE_FACTS", "EOL_EXTENDED"]
    covered = assess(match, today=TODAY, extended_support=True)
    assert (covered.score, codes(covered)) == (15, ["SUPPORTED", "EXTENDED_COVERED", "STALE_FACTS"])


def test_row_20_holds_for_an_assumed_line() -> None:
    lines = line(eol=days(-3), name="9"), line(eol=days(-300), name="8", released=date(2015, 1, 1))
    result = assess(candidates(*lines, facts_as_of=days(-92)), today=TODAY)
    assert decision(result) == ("STALE_FACTS", Level.MEDIUM, 50)
    assert codes(result) == ["STALE_FACTS", "ALL_EOL", "EOL_JUST_PAST"]


# --- Edge cases of the design ---


@pytest.mark.parametrize(
    ("today", "level", "score"),
    [
        (date(2026, 11, 12), Level.HIGH, 79),
        (date(2026, 11, 13), Level.HIGH, 80),
        (date(2027, 2, 10), Level.HIGH, 89),
        (date(2027, 2, 11), Level.CRITICAL, 90),
    ],
)
def test_the_days_around_an_end_of_life(today: date, level: Level, score: int) -> None:
    release = line(eol=date(2026, 11, 12), name="14", released=date(2021, 9, 30))
    result = assess(typed(release), today=today)
    assert (result.level, result.score) == (level, score)


def test_extended_support_that_has_passed_is_named_too() -> None:
    release = line(eol=date(2022, 9, 10), name="10", released=date(2019, 7, 6), extended=date(2024, 6, 30))
    for ticked in (False, True):
        result = judge(release, extended_support=ticked)
        assert decision(result) == ("EOL_PAST", Level.CRITICAL, 98)
        assert result.reasons[0].text == "Widget 10: support ended on 2022-09-10, and extended support on 2024-06-30."
        assert result.end_of_life == date(2022, 9, 10)


@pytest.mark.parametrize("extended", [-300, -200])
def test_an_extended_date_not_after_the_end_does_not_matter(extended: int) -> None:
    result = judge(line(eol=days(-200), extended=days(extended)), extended_support=True)
    assert result.reasons[0].text == (
        f"Widget 3.2: support ended on {days(-200)}, and the end of extended support is unknown."
    )


def test_the_tick_changes_nothing_before_the_end_of_life() -> None:
    release = line(eol=days(30), extended=days(900))
    assert judge(release, extended_support=True) == judge(release)


def test_labels_name_the_line() -> None:
    release = line(eol=days(900), name="2012-r2", label="Widget 2012 R2")
    assert judge(release).reasons[0].text == f"Widget 2012 R2: support ends on {days(900)}."
    assert judge(release).release == "2012-r2"
