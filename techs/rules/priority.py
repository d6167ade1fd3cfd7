"""The priority rule, "priority v2": how soon a technology needs the team's attention.

Lifecycle data determines the urgency, and the team sets the impact. Pure: `today` is a parameter, and there is no
clock, database or I/O. The rows of the rule's table are in cycle_rows, open_rows and unknown_rows. The finding with the
highest score decides: a maximum, never a sum.

Texts contain dates but never a number of days from today, which would be wrong in a cached result after midnight.
"""
# ruff: noqa: PLR2004 (the numbers come from the rule's table, and read best in place)

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from techs.rules.cycle_rows import cycle_findings
from techs.rules.findings import Case, Finding, has_ended, newest, out
from techs.rules.levels import BANDS, IMPACT_SHIFTS, LEVEL_OF_SCORE, Impact, Level
from techs.rules.open_rows import row_23, row_24, row_25, rows_15_to_17, rows_21_to_22
from techs.rules.products import Match, Outcome, ProductFacts, ReleaseCycle
from techs.rules.unknown_rows import row_19, rows_18_to_19
from techs.rules.upgrades import Upgrade, upgrade_from

RULE_VERSION: Final = "priority v2"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a level was assigned: code, sentence, the product's page and the date of its lifecycle data."""

    code: str
    text: str
    source: str | None
    facts_as_of: date | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result of the rule. The first reason decides, the others are context.

    release is None for an assumed cycle, unless it is the only candidate. end_of_life is the date behind the score,
    even for an assumed cycle: the end of extended support if the team has it, and None if no date is known. cycle is
    the slug and name of the cycle behind the score, even if it is assumed, such as "django 5.2".
    """

    level: Level
    score: int
    reasons: tuple[Reason, ...]
    product: str | None
    release: str | None
    end_of_life: date | None
    rule_version: str
    assessed_on: date
    upgrade_to: Upgrade | None = None
    cycle: str | None = None


@dataclass(slots=True)
class _Judgement:
    """The findings on a match, decisive one first, and notes that never decide."""

    match: Match
    case: Case | None
    findings: list[Finding]
    notes: list[Finding] = field(default_factory=list)

    @property
    def score(self) -> int:
        return self.findings[0].score

    @property
    def level(self) -> Level:
        return LEVEL_OF_SCORE[self.score]


def assess(match: Match, *, today: date, impact: Impact = Impact.NORMAL, extended_support: bool = False) -> Assessment:
    """Assess a match for a day (UTC), given the team's impact and whether it has extended support."""
    judgement = _judgement(match, today=today, ticked=extended_support)
    case, notes, score = judgement.case, judgement.notes, judgement.score
    level = judgement.level
    if shifted := IMPACT_SHIFTS[impact].get(level):
        moved = _moved(score, impact, level, shifted)
        level, score, notes = shifted, moved.score, [moved, *notes]
    source = judgement.match.product
    return Assessment(
        level=level,
        score=score,
        reasons=tuple(_reason(found, source) for found in (*judgement.findings, *notes)),
        product=match.product.slug if match.product else None,
        release=case.cycle.name if case and (match.cycle or len(match.candidates) == 1) else None,
        end_of_life=(case.deadline or case.end) if case else None,
        rule_version=RULE_VERSION,
        assessed_on=today,
        upgrade_to=_upgrade(match, case),
        cycle=f"{case.product.slug} {case.cycle.name}" if case else None,
    )


def _upgrade(match: Match, case: Case | None) -> Upgrade | None:
    if not case or match.product is not case.product:
        return None
    # Without a version, the newest supported cycle is assumed, and there may be nothing to do.
    is_open = match.outcome is Outcome.CANDIDATES and not match.version and not has_ended(case.cycle, today=case.today)
    return None if is_open else upgrade_from(case, is_in_cycle=match.outcome is not Outcome.RELEASE_UNKNOWN)


def _judgement(match: Match, *, today: date, ticked: bool) -> _Judgement:
    return _worst(match, today=today, ticked=ticked) if match.readings else _single(match, today=today, ticked=ticked)


def _worst(match: Match, *, today: date, ticked: bool) -> _Judgement:
    """Judge a text with several meanings by the worst one or, of several equally bad ones, by the first to end."""
    if not any(reading.cycle or reading.candidates for reading in match.readings):
        titles = [reading.product.title for reading in match.readings if reading.product]
        return _Judgement(match, None, [row_25(titles, match.version)])
    judgements = [_single(reading, today=today, ticked=ticked) for reading in match.readings]
    if not match.product and len({each.level for each in judgements}) > 1:
        # Which product is in use decides, and the worst would be a guess.
        return _Judgement(match, None, [row_19([f"{_named(each)} ({each.level})" for each in judgements])])
    worst = max(judgements, key=lambda each: (each.score, -_end(each.case).toordinal()))
    if len(judgements) > 1:
        names = [_named(each) for each in judgements]
        worst.findings.insert(0, row_24(names, _named(worst), score=worst.score))
    return worst


def _named(judgement: _Judgement) -> str:
    return judgement.case.name if judgement.case else judgement.match.version


def _end(case: Case | None) -> date:
    return (case.end if case else None) or date.max


def _single(match: Match, *, today: date, ticked: bool) -> _Judgement:
    case = _case(match, today=today, ticked=ticked)
    judgement = _Judgement(match, case, _findings(match, case, today=today))
    stale = _row_20(match.product, case, today=today) if match.product else None
    if stale and 0 < stale.score < judgement.score:
        judgement.findings.insert(0, stale)
    elif stale:
        judgement.notes.append(stale)
    return judgement


def _case(match: Match, *, today: date, ticked: bool) -> Case | None:
    cycle = _cycle_to_judge(match, today=today)
    if not match.product or not cycle:
        return None
    return Case.of(match.product, cycle, today=today, ticked=ticked)


def _cycle_to_judge(match: Match, *, today: date) -> ReleaseCycle | None:
    if match.outcome is Outcome.MATCHED:
        return match.cycle
    if match.outcome is Outcome.CANDIDATES:
        return _assumed(match, today=today)
    # An older release than the oldest known one has not necessarily ended if that one has not.
    is_open = match.older_than_facts and match.next_newer and not has_ended(match.next_newer, today=today)
    return None if is_open else match.next_newer


def _assumed(match: Match, *, today: date) -> ReleaseCycle | None:
    released = out(match.candidates, today=today)
    supported = [cycle for cycle in released if not has_ended(cycle, today=today)] or released
    if match.allowed:
        return next(iter(supported if match.allowed.is_floor else released), None)
    return newest(supported, today=today)


def _findings(match: Match, case: Case | None, *, today: date) -> list[Finding]:
    if not case:
        return [rows_18_to_19(match, today=today)]
    if match.outcome is Outcome.MATCHED:
        # Row 14 compares patches, and neither a partial version nor a range is one.
        return cycle_findings(case, version=match.version)
    if match.outcome is Outcome.RELEASE_UNKNOWN:
        return row_23(case, match)
    if match.allowed:
        return rows_21_to_22(case, match, match.allowed)
    return [rows_15_to_17(case, match), *cycle_findings(case)]


def _row_20(product: ProductFacts, case: Case | None, *, today: date) -> Finding | None:
    """Find stale data (over 45 days old). A score of 50 caps the others; a score of 0 is a note that never decides."""
    known = product.facts_as_of
    if (today - known).days <= 45:
        return None
    if case and case.end and known < case.end < today and case.cycle == newest(product.cycles, today=today):
        text = f"support ended on {case.end}, but a newer release probably exists. Our lifecycle data is from {known}."
        return Finding("STALE_FACTS", 50, f"{case.name}: {text}")
    return Finding("STALE_FACTS", 0, f"{product.title}: our lifecycle data is from {known}. Update the data.")


def _moved(score: int, impact: Impact, urgency: Level, level: Level) -> Finding:
    """Move a score to the same position in the band of another level."""
    return Finding("IMPACT", BANDS[level] + score % 10, f"{impact.label} impact: moved from {urgency} to {level}.")


def _reason(found: Finding, product: ProductFacts | None) -> Reason:
    if not product or found.code == "IMPACT":
        return Reason(found.code, found.text, None, None)
    return Reason(found.code, found.text, product.url or None, product.facts_as_of)
