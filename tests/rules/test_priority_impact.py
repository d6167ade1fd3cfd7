"""The priority rule: bands, impact, and properties for any lifecycle data."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techs.rules.levels import BANDS, Impact, Level
from techs.rules.priority import assess
from techs.rules.products import Match, Outcome, ProductFacts, ReleaseCycle
from tests.rules.test_priority import PAGE, TODAY, codes, days, line, typed

ENDED_95 = typed(line(eol=days(-965)))
NEAR_79 = typed(line(eol=TODAY))
MID_57 = typed(line(eol=days(159)))
UNKNOWN_38 = Match(outcome=Outcome.NO_MATCH)
LOW_15 = typed(line(eol=False))


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (100, Level.CRITICAL),
        (90, Level.CRITICAL),
        (89, Level.HIGH),
        (70, Level.HIGH),
        (69, Level.MEDIUM),
        (40, Level.MEDIUM),
        (39, Level.UNKNOWN),
        (35, Level.UNKNOWN),
        (34, Level.LOW),
        (0, Level.LOW),
    ],
)
def test_bands(score: int, level: Level) -> None:
    assert Level.of(score) is level


def test_every_level_has_a_band_and_an_action() -> None:
    assert list(BANDS) == list(Level)
    assert [level.action for level in Level] == [
        "act now",
        "plan this quarter",
        "plan this year",
        "tell us more",
        "nothing to do",
    ]


@pytest.mark.parametrize(
    ("match", "impact", "level", "score"),
    [
        (ENDED_95, Impact.CRITICAL, Level.CRITICAL, 95),
        (ENDED_95, Impact.HIGH, Level.CRITICAL, 95),
        (ENDED_95, Impact.NORMAL, Level.CRITICAL, 95),
        (ENDED_95, Impact.LOW, Level.HIGH, 75),
        (NEAR_79, Impact.CRITICAL, Level.CRITICAL, 99),
        (NEAR_79, Impact.HIGH, Level.HIGH, 79),
        (NEAR_79, Impact.NORMAL, Level.HIGH, 79),
        (NEAR_79, Impact.LOW, Level.MEDIUM, 49),
        (MID_57, Impact.CRITICAL, Level.HIGH, 77),
        (MID_57, Impact.HIGH, Level.HIGH, 77),
        (MID_57, Impact.NORMAL, Level.MEDIUM, 57),
        (MID_57, Impact.LOW, Level.LOW, 7),
        (UNKNOWN_38, Impact.CRITICAL, Level.UNKNOWN, 38),
        (UNKNOWN_38, Impact.HIGH, Level.UNKNOWN, 38),
        (UNKNOWN_38, Impact.NORMAL, Level.UNKNOWN, 38),
        (UNKNOWN_38, Impact.LOW, Level.UNKNOWN, 38),
        (LOW_15, Impact.CRITICAL, Level.LOW, 15),
        (LOW_15, Impact.HIGH, Level.LOW, 15),
        (LOW_15, Impact.NORMAL, Level.LOW, 15),
        (LOW_15, Impact.LOW, Level.LOW, 15),
    ],
)
def test_impact_moves_the_level(match: Match, impact: Impact, level: Level, score: int) -> None:
    urgency = assess(match, today=TODAY)
    result = assess(match, today=TODAY, impact=impact)
    assert (result.level, result.score) == (level, score)
    assert result.reasons[0] == urgency.reasons[0]
    assert ("IMPACT" in codes(result)) is (level is not urgency.level)


def test_impact_says_what_it_did() -> None:
    reason = assess(MID_57, today=TODAY, impact=Impact.CRITICAL).reasons[-1]
    assert (reason.code, reason.text) == ("IMPACT", "Vital impact: moved from medium to high.")
    assert (reason.source, reason.facts_as_of) == (None, None)


def test_notes_stand_last() -> None:
    match = typed(line(eol=days(159)), facts_as_of=days(-46))
    assert codes(assess(match, today=TODAY, impact=Impact.LOW)) == ["EOL_MID", "IMPACT", "STALE_FACTS"]


def test_impact_moves_a_level_that_old_facts_have_capped() -> None:
    match = typed(line(eol=days(-3)), facts_as_of=days(-92))
    result = assess(match, today=TODAY, impact=Impact.CRITICAL)
    assert (result.level, result.score) == (Level.HIGH, 70)
    assert codes(result) == ["STALE_FACTS", "EOL_JUST_PAST", "IMPACT"]


# --- Any lifecycle data ---

DATES = st.dates(date(1995, 1, 1), date(2040, 12, 31))
NAMES = st.sampled_from(["", "3", "3.2", "3.2.1", "3.2.18", "11-24h2-e", "python3.9"])
SUPPORT = st.none() | st.booleans() | DATES
LINES = st.builds(
    ReleaseCycle,
    name=NAMES,
    released=st.none() | DATES,
    eol=st.booleans() | DATES,
    label=NAMES,
    active_support=SUPPORT,
    extended_support=SUPPORT,
    latest=NAMES,
    latest_released=st.none() | DATES,
)


@st.composite
def matches(draw: st.DrawFn) -> Match:
    lines = draw(st.lists(LINES, max_size=5))
    outcome = draw(st.sampled_from(Outcome))
    known = ProductFacts("widget", draw(st.sampled_from(["", "Widget"])), PAGE, draw(DATES), tuple(lines))
    nameless = outcome in {Outcome.NO_MATCH, Outcome.VENDOR, Outcome.AMBIGUOUS}
    return Match(
        outcome=outcome,
        product=None if nameless else known,
        cycle=draw(st.sampled_from(lines)) if lines and outcome is Outcome.MATCHED else None,
        candidates=tuple(lines) if outcome is Outcome.CANDIDATES else (),
        version=draw(NAMES),
        newer_than_facts=draw(st.booleans()),
        suggestions=tuple(draw(st.lists(st.just("Widget 4"), max_size=3))),
    )


@given(match=matches(), today=DATES, impact=st.sampled_from(Impact), ticked=st.booleans())
def test_any_match_gets_a_sound_answer(match: Match, today: date, impact: Impact, ticked: bool) -> None:  # noqa: FBT001
    result = assess(match, today=today, impact=impact, extended_support=ticked)
    assert result == assess(match, today=today, impact=impact, extended_support=ticked)
    assert 0 <= result.score <= 100
    assert Level.of(result.score) is result.level
    assert result.reasons
    assert len(set(codes(result))) == len(result.reasons)
    assert not any("days" in reason.text or " ago" in reason.text for reason in result.reasons)
    assert (result.product is None) is (match.product is None)


@given(release=LINES, today=DATES, ticked=st.booleans())
def test_the_worst_row_decides(release: ReleaseCycle, today: date, ticked: bool) -> None:  # noqa: FBT001
    match = typed(release, facts_as_of=today)
    result = assess(match, today=today, extended_support=ticked)
    quiet = replace(release, active_support=None, latest="", latest_released=None)
    assert result.score >= assess(typed(quiet, facts_as_of=today), today=today, extended_support=ticked).score


@given(released=st.none() | DATES, eol=DATES, left=st.integers(0, 4000))
def test_score_never_falls_as_the_end_comes_nearer(released: date | None, eol: date, left: int) -> None:
    match = typed(line(eol=eol, released=released), facts_as_of=eol - timedelta(days=left))
    scores = [assess(match, today=eol - timedelta(days=d)).score for d in (left + 1, left)]
    assert scores == sorted(scores)


@given(released=st.none() | DATES, extended=DATES, past=st.integers(1, 2000), left=st.integers(0, 4000))
def test_the_same_for_extended_support(released: date | None, extended: date, past: int, left: int) -> None:
    today = extended - timedelta(days=left)
    release = line(eol=today - timedelta(days=past), released=released, extended=extended)
    match = typed(release, facts_as_of=today)
    tomorrow = min(extended, today + timedelta(days=1))
    scores = [assess(match, today=day, extended_support=True).score for day in (today, tomorrow)]
    assert scores == sorted(scores)
