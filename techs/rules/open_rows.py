"""Rows 15 to 17 of the priority rule, and 21 to 25: texts that leave the release cycle open. Pure.

Rows 21 and 22 judge a range by the newest cycle that it allows, row 23 a release without a cycle by the next newer one,
rows 24 and 25 a text with several meanings by the worst.
"""

from collections.abc import Sequence
from datetime import date

from techs.rules import ranges
from techs.rules.cycle_rows import cycle_findings
from techs.rules.findings import Case, Finding, dated, has_ended, newest, out
from techs.rules.products import Match, ReleaseCycle, label_of
from techs.rules.ranges import VersionRange
from techs.rules.text import parts_of
from techs.rules.unknown_rows import either


def rows_15_to_17(case: Case, match: Match) -> Finding:
    typed = f"{case.product.title} {match.version}".strip()
    own = cycle_findings(case)[0].score
    cycles = out(match.candidates, today=case.today)
    if all(has_ended(cycle, today=case.today) for cycle in cycles):
        text = f"{typed}: every matching release has ended. Assumed the newest, {label_of(case.cycle)}."
        return Finding("ALL_EOL", own, text)
    missing = "no exact version given" if match.version else "no version given"
    which = "newest" if case.cycle == newest(cycles, today=case.today) else "newest supported"
    assumed = f"{typed}: {missing}. Assumed the {which}, {label_of(case.cycle)}"
    since = _five_years_before(case.today)
    recent = [cycle for cycle in cycles if cycle.released and cycle.released >= since]
    ended = sum(has_ended(cycle, today=case.today) for cycle in recent)
    if recent and 2 * ended >= len(recent):
        have = "has" if ended == 1 else "have"
        text = f"{assumed}; {ended} of the last {len(recent)} {have} ended."
        return Finding("VERSION_MISSING", max(45, own), text)
    return Finding("VERSION_ASSUMED", max(30, own), f"{assumed}.")


def _five_years_before(today: date) -> date:
    leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year - 5, day=28 if leap_day else today.day)


def rows_21_to_22(case: Case, match: Match, versions: VersionRange) -> list[Finding]:
    """Judge a range. One without an upper limit says nothing about the version in use, only about the lowest."""
    own = cycle_findings(case)
    cycles = out(match.candidates, today=case.today)
    text = f"{case.product.title} {match.version} allows"
    if versions.is_floor and not has_ended(case.cycle, today=case.today):
        return [_floor(case, cycles, versions, text=text), *own]
    if len(cycles) > 1:
        which = f"{label_of(cycles[-1])} to {label_of(cycles[0])}"
        own.append(Finding("RANGE", 0, f"{text} {which}. The newest counts."))
    return own


def _floor(case: Case, cycles: Sequence[ReleaseCycle], versions: VersionRange, *, text: str) -> Finding:
    lowest, floor = cycles[-1], ranges.stripped(versions.lowest)
    if not has_ended(lowest, today=case.today):
        return Finding("RANGE_FLOOR", 20, f"{text} {label_of(lowest)} and newer.")
    down_to = f"{label_of(lowest)}, which ended {_on(lowest)}"
    if floor and parts_of(lowest.name) > floor:
        down_to = f"{ranges.dotted(floor)}; the oldest release of these that we know is {down_to}"
    is_last = sum(not has_ended(cycle, today=case.today) for cycle in cycles) == 1
    last = f" Only {label_of(case.cycle)} is still supported." if is_last else ""
    return Finding("RANGE_FLOOR", 45 if is_last else 31, f"{text} down to {down_to}.{last}")


def _on(cycle: ReleaseCycle) -> str:
    end = dated(cycle.eol)
    return f"on {end}" if end else "on an unknown date"


def row_23(case: Case, match: Match) -> list[Finding]:
    """Judge a release without a cycle, given the case of the next newer one."""
    typed = f"{case.product.title} {match.version}".strip()
    own = cycle_findings(case)
    if match.older_than_facts:
        text = f"{typed} is older than {label_of(case.cycle)}, the oldest release we have data for, "
        return [Finding("OLDER_THAN_DATA", max(90, own[0].score), f"{text}which ended {_on(case.cycle)}.")]
    text = f"{typed}: we don't know this release. The next newer one, {label_of(case.cycle)}, counts."
    return [Finding("BETWEEN_RELEASES", own[0].score, text), *own]


def row_24(names: Sequence[str], worst: str, *, score: int) -> Finding:
    """Explain that a text has several meanings, and that the worst of them decides."""
    return Finding("SEVERAL_MEANINGS", score, f"This can mean {either(names)}. The worst counts: {worst}.")


def row_25(titles: Sequence[str], version: str) -> Finding:
    """Judge a version that none of several products has, though they have older or newer ones."""
    return Finding("NO_BUILD", 92, f"We know no supported release {version} of {either(titles)}.")
