"""The priority rule, "priority v1": how soon a technology needs the team's attention.

Lifecycle data determines the urgency, and the team sets the impact. Pure: `today` is a parameter, and there is no
clock, database or I/O. The functions _rows_1_to_4 to _row_20 follow the rule's table in order. The finding with the
highest score decides: a maximum, never a sum. All divisions are integer divisions.

Texts contain dates but never a number of days from today, which would be wrong in a cached result after midnight.
"""
# ruff: noqa: PLR2004 (the numbers come from the rule's table, and read best in place)

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from techs.rules.levels import BANDS, IMPACT_SHIFTS, Impact, Level
from techs.rules.products import EndOfSupport, Match, Outcome, ProductFacts, ReleaseCycle

RULE_VERSION: Final = "priority v1"


_NUMERIC: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})*")


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
    even for an assumed cycle: the end of extended support if the team has it, and None if no date is known.
    """

    level: Level
    score: int
    reasons: tuple[Reason, ...]
    product: str | None
    release: str | None
    end_of_life: date | None
    rule_version: str
    assessed_on: date


@dataclass(frozen=True, slots=True)
class _Finding:
    """A row of the rule that applies, with its score from 0 to 100."""

    code: str
    score: int
    text: str


@dataclass(frozen=True, slots=True)
class _Case:
    """One release cycle under assessment, with the terms that the rows use."""

    product: ProductFacts
    cycle: ReleaseCycle
    version: str
    today: date
    ticked: bool

    def found(self, code: str, score: int, text: str) -> _Finding:
        return _Finding(code, score, f"{name_of(self.product, self.cycle)}: {text}")

    @property
    def end(self) -> date | None:
        return _dated(self.cycle.eol)

    @property
    def days_past(self) -> int:
        return max(0, (self.today - self.end).days) if self.end else 0

    @property
    def extended(self) -> date | None:
        """Return the date when extended support ends or ended, for a cycle past its end of life."""
        extended = _dated(self.cycle.extended_support)
        return extended if self.days_past and extended and self.end and extended > self.end else None

    @property
    def extended_until(self) -> date | None:
        return self.extended if self.extended and self.extended >= self.today else None

    @property
    def deadline(self) -> date | None:
        """Return the date that rows 5-8 count down to: end of life, then the extended date if covered (row 4b)."""
        if not self.days_past:
            return self.end
        return self.extended_until if self.ticked else None


def _label(cycle: ReleaseCycle) -> str:
    return cycle.label or cycle.name


def name_of(product: ProductFacts, cycle: ReleaseCycle) -> str:
    """Return title and cycle. Some labels include the product's name, such as "Windows Server 2012 R2"."""
    title, label = product.title.split(), _label(cycle).split()
    is_named = {*title[-1:]} & {*label} or {*filter(str.isalpha, label[:1])} & {*title}
    return _label(cycle) if is_named else f"{product.title} {_label(cycle)}"


def _dated(end: EndOfSupport) -> date | None:
    return end if isinstance(end, date) else None


def _cycle_findings(case: _Case) -> list[_Finding]:
    rows = [*_rows_1_to_4(case), *_rows_5_to_8(case), *_row_4b(case), *_rows_9_to_12(case), *_rows_13_to_14(case)]
    return sorted(rows, key=lambda found: -found.score)


def _rows_1_to_4(case: _Case) -> Iterator[_Finding]:
    """Yield findings about ended support. Row 2 has no date, so extended support cannot lower its score."""
    past, until = case.days_past, case.extended_until
    if past > 90 and not until:
        yield case.found("EOL_PAST", 90 + min(9, past // 180), _ended_text(case))
    if case.cycle.eol is True:
        yield case.found("EOL_NO_DATE", 92, "support ended on an unknown date.")
    if 1 <= past <= 90 and not until:
        yield case.found("EOL_JUST_PAST", 80 + min(9, past // 10), _ended_text(case))
    if until and not case.ticked:
        score = 79 if (until - case.today).days <= 180 else 74
        text = f"support ended on {case.end}; extended support, if you have it, ends on {until}."
        yield case.found("EOL_EXTENDED", score, text)


def _ended_text(case: _Case) -> str:
    unknown = ", and the end of extended support is unknown" if case.ticked else ""
    extended = f", and extended support on {case.extended}" if case.extended else unknown
    return f"support ended on {case.end}{extended}."


def _rows_5_to_8(case: _Case) -> Iterator[_Finding]:
    if not case.deadline:
        return
    d = (case.deadline - case.today).days
    near, mid, far = _limits(case.cycle.released, case.deadline)
    text = f"{'extended support' if case.days_past else 'support'} ends on {case.deadline}."
    if d <= near:
        # If a cycle lives for less than three days, near is 0. Its last day still scores the maximum.
        yield case.found("EOL_NEAR", 70 + (9 * (near - d) // near if near else 9), text)
    elif d <= mid:
        yield case.found("EOL_MID", 55 + 9 * (mid - d) // (mid - near), text)
    elif d <= far:
        yield case.found("EOL_FAR", 40 + 14 * (far - d) // (far - mid), text)
    else:
        yield case.found("SUPPORTED", max(5, 20 - d // 180), text)


def _limits(released: date | None, deadline: date) -> tuple[int, int, int]:
    """Return near, mid and far in days, 0 <= near <= mid <= far, which depend on the length of the cycle's life."""
    if not released:  # the upper bounds
        return 90, 180, 365
    life = max(0, (deadline - released).days)
    return min(90, life // 3), min(180, life // 2), min(365, life // 2)


def _row_4b(case: _Case) -> Iterator[_Finding]:
    if case.extended_until and case.ticked:
        text = f"support ended on {case.end}; covered by extended support until {case.extended_until}."
        for found in _rows_5_to_8(case):
            yield case.found("EXTENDED_COVERED", found.score, text)


def _rows_9_to_12(case: _Case) -> Iterator[_Finding]:
    no_end, active = case.cycle.eol is False, case.cycle.active_support
    if no_end:
        yield case.found("NO_END_DATE", 15, "no end of support has been announced.")
    if no_end and isinstance(active, date) and (case.today - active).days > 365:
        yield case.found("EOAS_LONG", 45, f"no active support since {active}, and no end of life announced.")
    if no_end or any(found.code == "SUPPORTED" for found in _rows_5_to_8(case)):
        if active is True:
            yield case.found("EOAS_PAST", 25, "active support has ended; security fixes only.")
        elif isinstance(active, date) and active < case.today:
            yield case.found("EOAS_PAST", 25, f"active support ended on {active}; security fixes only.")
    newest = case.cycle.latest_released
    if no_end and newest and (case.today - newest).days > 730:
        yield case.found("NO_RELEASE", 42, f"the newest release is from {newest}.")


def _rows_13_to_14(case: _Case) -> Iterator[_Finding]:
    cycle, newest = case.cycle, _newest(_successors(case), today=case.today)
    if newest and newest.released and cycle.released:
        years = (newest.released - cycle.released).days // 365
        if years >= 1:
            text = f"behind the newest release cycle, {_label(newest)}, released on {newest.released}."
            yield case.found("BEHIND", min(30, 10 + 4 * years), text)
    if _is_lower(case.version, than=cycle.latest):
        out = cycle.latest_released
        text = f"{case.version} is behind {cycle.latest}" + (f", released on {out}." if out else ".")
        yield case.found("PATCH_BEHIND", 41 if out and (case.today - out).days > 90 else 28, text)


def _has_ended(cycle: ReleaseCycle, *, today: date) -> bool:
    # The end-of-life date is the last day of support.
    return cycle.eol if isinstance(cycle.eol, bool) else cycle.eol < today


def _successors(case: _Case) -> Sequence[ReleaseCycle]:
    # Names may include a kind: python3.9 is not behind nodejs24.x.
    kind = _kind(case.cycle)
    alive = (cycle for cycle in case.product.cycles if not _has_ended(cycle, today=case.today))
    return [cycle for cycle in alive if _kind(cycle) == kind]


def _kind(cycle: ReleaseCycle) -> str:
    return re.split(r"[^a-z]", cycle.name.lower(), maxsplit=1)[0]


def _is_lower(version: str, *, than: str) -> bool:
    if not _NUMERIC.fullmatch(version) or not _NUMERIC.fullmatch(than):
        return False
    # Versions in different schemes (2019 and 15.2) are not comparable.
    typed, known = ([int(part) for part in text.split(".")] for text in (version, than))
    return len(typed) >= len(known) and typed[0] == known[0] and typed < known


def _newest(cycles: Sequence[ReleaseCycle], *, today: date) -> ReleaseCycle | None:
    # Of cycles released on the same day, max() returns the one that the source lists first.
    return max(_out(cycles, today=today), key=lambda cycle: cycle.released or date.min, default=None)


def _out(cycles: Sequence[ReleaseCycle], *, today: date) -> Sequence[ReleaseCycle]:
    # Releases that are not out yet count only if there are no others.
    return [cycle for cycle in cycles if not cycle.released or cycle.released <= today] or cycles


def _rows_15_to_17(case: _Case, match: Match) -> _Finding:
    typed = f"{case.product.title} {match.version}".strip()
    own = _cycle_findings(case)[0].score
    cycles = _out(match.candidates, today=case.today)
    if all(_has_ended(cycle, today=case.today) for cycle in cycles):
        text = f"{typed}: every matching release has ended. Assumed the newest, {_label(case.cycle)}."
        return _Finding("ALL_EOL", own, text)
    missing = "no exact version given" if match.version else "no version given"
    which = "newest" if case.cycle == _newest(cycles, today=case.today) else "newest supported"
    assumed = f"{typed}: {missing}. Assumed the {which}, {_label(case.cycle)}"
    since = _five_years_before(case.today)
    recent = [cycle for cycle in cycles if cycle.released and cycle.released >= since]
    ended = sum(_has_ended(cycle, today=case.today) for cycle in recent)
    if recent and 2 * ended >= len(recent):
        have = "has" if ended == 1 else "have"
        text = f"{assumed}; {ended} of the last {len(recent)} {have} ended."
        return _Finding("VERSION_MISSING", max(45, own), text)
    return _Finding("VERSION_ASSUMED", max(30, own), f"{assumed}.")


def _five_years_before(today: date) -> date:
    leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year - 5, day=28 if leap_day else today.day)


def _rows_18_to_19(match: Match, *, today: date) -> _Finding:
    instead = _either(match.suggestions)
    if match.product:
        return _Finding("RELEASE_UNKNOWN", 37, _release_unknown_text(match, match.product, instead, today=today))
    if match.outcome is Outcome.VENDOR:
        example = f", such as {instead}" if instead else ""
        return _Finding("VENDOR", 39, f"This is the name of a vendor. Enter a product{example}.")
    if match.outcome is Outcome.AMBIGUOUS:
        several = len(match.suggestions) > 1
        names = instead if several else f"several products, such as {instead}" if instead else "several products"
        return _Finding("AMBIGUOUS_NAME", 36, f"This can mean {names}. Enter the one you use.")
    if match.parts:
        text = f"We don't know this product. It looks like {len(match.parts)} technologies: enter each on its own line."
        return _Finding("NO_MATCH", 38, text)
    hint = f"Did you mean {instead}?" if instead else "Enter a product and its version, such as Django 5.2."
    return _Finding("NO_MATCH", 38, f"We don't know this product. {hint}")


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)


def _release_unknown_text(match: Match, product: ProductFacts, instead: str, *, today: date) -> str:
    typed = f"{product.title} {match.version}".strip()
    if match.newer_than_facts:
        return f"{typed} is newer than our lifecycle data from {product.facts_as_of}. Update the data."
    if instead:
        return f"{typed}: we don't know this release. Did you mean {instead}?"
    newest = _newest(product.cycles, today=today)
    hint = f"Enter one such as {name_of(product, newest)}." if newest else "The lifecycle data has no releases for it."
    return f"{typed}: we don't know this release. {hint}"


def _row_20(product: ProductFacts, case: _Case | None, *, today: date) -> _Finding | None:
    """Find stale data (over 45 days old). A score of 50 caps the others; a score of 0 is a note that never decides."""
    known = product.facts_as_of
    if (today - known).days <= 45:
        return None
    if case and case.end and known < case.end < today and case.cycle == _newest(product.cycles, today=today):
        text = f"support ended on {case.end}, but a newer release probably exists. Our lifecycle data is from {known}."
        return case.found("STALE_FACTS", 50, text)
    return _Finding("STALE_FACTS", 0, f"{product.title}: our lifecycle data is from {known}. Update the data.")


def _case(match: Match, *, today: date, ticked: bool) -> _Case | None:
    if match.product and match.outcome is Outcome.MATCHED and match.cycle:
        return _Case(match.product, match.cycle, match.version, today, ticked)
    out = _out(match.candidates, today=today)
    assumed = _newest([cycle for cycle in out if not _has_ended(cycle, today=today)] or out, today=today)
    if match.product and match.outcome is Outcome.CANDIDATES and assumed:
        # No version, because row 14 cannot compare a partial one.
        return _Case(match.product, assumed, "", today, ticked)
    return None


def _findings(match: Match, case: _Case | None, *, today: date) -> list[_Finding]:
    if not case:
        return [_rows_18_to_19(match, today=today)]
    if match.outcome is Outcome.CANDIDATES:
        return [_rows_15_to_17(case, match), *_cycle_findings(case)]
    return _cycle_findings(case)


def assess(match: Match, *, today: date, impact: Impact = Impact.NORMAL, extended_support: bool = False) -> Assessment:
    """Assess a match for a day (UTC), given the team's impact and whether it has extended support."""
    product, case = match.product, _case(match, today=today, ticked=extended_support)
    findings, notes = _findings(match, case, today=today), list[_Finding]()
    stale = _row_20(product, case, today=today) if product else None
    if stale and 0 < stale.score < findings[0].score:
        findings.insert(0, stale)
    elif stale:
        notes.append(stale)
    score = findings[0].score
    if moved := _moved(score, impact):
        score = moved.score
        notes.insert(0, moved)
    return Assessment(
        level=Level.of(score),
        score=score,
        reasons=tuple(_reason(found, product) for found in (*findings, *notes)),
        product=product.slug if product else None,
        release=case.cycle.name if case and (match.cycle or len(match.candidates) == 1) else None,
        end_of_life=(case.deadline or case.end) if case else None,
        rule_version=RULE_VERSION,
        assessed_on=today,
    )


def _moved(score: int, impact: Impact) -> _Finding | None:
    """Move a score to the same position in the band that the impact selects. Return None if the band is the same."""
    urgency = Level.of(score)
    level = IMPACT_SHIFTS[impact].get(urgency, urgency)
    if level is urgency:
        return None
    return _Finding("IMPACT", BANDS[level] + score % 10, f"Impact {impact}: moved from {urgency} to {level}.")


def _reason(found: _Finding, product: ProductFacts | None) -> Reason:
    if not product or found.code == "IMPACT":
        return Reason(found.code, found.text, None, None)
    return Reason(found.code, found.text, product.url or None, product.facts_as_of)
