"""Rows 1 to 14 of the priority rule: everything known about one release cycle. Pure.

The functions follow the rule's table in order. All divisions are integer divisions.
"""
# ruff: noqa: PLR2004 (the numbers come from the rule's table, and read best in place)

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from techs.rules.findings import MOST_CASES, Case, Finding

_NUMERIC: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})*")


def cycle_findings(case: Case, *, version: str = "") -> list[Finding]:
    """Return the rows that apply, highest score first. version: the one in use, if it is known exactly."""
    found = [*_of_cycle(case), *(_named(row, case) for row in _row_14(case, version))]
    return sorted(found, key=lambda each: -each.score)


@lru_cache(MOST_CASES)
def _of_cycle(case: Case) -> tuple[Finding, ...]:
    """Return the rows that are the same for all versions of a cycle."""
    rows = (*_rows_1_to_4(case), *_rows_5_to_8(case), *_row_4b(case), *_rows_9_to_12(case), *_row_13(case))
    return tuple(_named(row, case) for row in rows)


def _named(row: Finding, case: Case) -> Finding:
    return Finding(row.code, row.score, f"{case.name}: {row.text}")


def _rows_1_to_4(case: Case) -> Iterator[Finding]:
    """Yield findings about ended support. Row 2 has no date, so extended support cannot lower its score."""
    past, until = case.days_past, case.extended_until
    if past > 90 and not until:
        yield Finding("EOL_PAST", 90 + min(9, past // 180), _ended_text(case))
    if case.cycle.eol is True:
        yield Finding("EOL_NO_DATE", 92, "support ended on an unknown date.")
    if 1 <= past <= 90 and not until:
        yield Finding("EOL_JUST_PAST", 80 + min(9, past // 10), _ended_text(case))
    if until and not case.ticked:
        score = 79 if (until - case.today).days <= 180 else 74
        text = f"support ended on {case.end}; extended support, if you have it, ends on {until}."
        yield Finding("EOL_EXTENDED", score, text)


def _ended_text(case: Case) -> str:
    unknown = ", and the end of extended support is unknown" if case.ticked else ""
    extended = f", and extended support on {case.extended}" if case.extended else unknown
    return f"support ended on {case.end}{extended}."


def _rows_5_to_8(case: Case) -> Iterator[Finding]:
    if not case.deadline:
        return
    d = (case.deadline - case.today).days
    near, mid, far = _limits(case.cycle.released, case.deadline)
    text = f"{'extended support' if case.days_past else 'support'} ends on {case.deadline}."
    if d <= near:
        # If a cycle lives for less than three days, near is 0. Its last day still scores the maximum.
        yield Finding("EOL_NEAR", 70 + (9 * (near - d) // near if near else 9), text)
    elif d <= mid:
        yield Finding("EOL_MID", 55 + 9 * (mid - d) // (mid - near), text)
    elif d <= far:
        yield Finding("EOL_FAR", 40 + 14 * (far - d) // (far - mid), text)
    else:
        yield Finding("SUPPORTED", max(5, 20 - d // 180), text)


def _limits(released: date | None, deadline: date) -> tuple[int, int, int]:
    """Return near, mid and far in days, 0 <= near <= mid <= far, which depend on the length of the cycle's life."""
    if not released:  # the upper bounds
        return 90, 180, 365
    life = max(0, (deadline - released).days)
    return min(90, life // 3), min(180, life // 2), min(365, life // 2)


def _row_4b(case: Case) -> Iterator[Finding]:
    if case.extended_until and case.ticked:
        text = f"support ended on {case.end}; covered by extended support until {case.extended_until}."
        for found in _rows_5_to_8(case):
            yield Finding("EXTENDED_COVERED", found.score, text)


def _rows_9_to_12(case: Case) -> Iterator[Finding]:
    no_end, active = case.cycle.eol is False, case.cycle.active_support
    if no_end:
        yield Finding("NO_END_DATE", 15, "no end of support has been announced.")
    if no_end and isinstance(active, date) and (case.today - active).days > 365:
        yield Finding("EOAS_LONG", 45, f"no active support since {active}, and no end of life announced.")
    if no_end or any(found.code == "SUPPORTED" for found in _rows_5_to_8(case)):
        if active is True:
            yield Finding("EOAS_PAST", 25, "active support has ended; security fixes only.")
        elif isinstance(active, date) and active < case.today:
            yield Finding("EOAS_PAST", 25, f"active support ended on {active}; security fixes only.")
    newest = case.cycle.latest_released
    if no_end and newest and (case.today - newest).days > 730:
        yield Finding("NO_RELEASE", 42, f"the newest release is from {newest}.")


def _row_13(case: Case) -> Iterator[Finding]:
    cycle, ahead = case.cycle, case.ahead
    if ahead and ahead.released and cycle.released:
        years = (ahead.released - cycle.released).days // 365
        if years >= 1:
            text = f"behind the newest release cycle, {ahead.label or ahead.name}, released on {ahead.released}."
            yield Finding("BEHIND", min(30, 10 + 4 * years), text)


def _row_14(case: Case, version: str) -> Iterator[Finding]:
    cycle = case.cycle
    if _is_lower(version, than=cycle.latest):
        out = cycle.latest_released
        text = f"{version} is behind {cycle.latest}" + (f", released on {out}." if out else ".")
        yield Finding("PATCH_BEHIND", 41 if out and (case.today - out).days > 90 else 28, text)


def _is_lower(version: str, *, than: str) -> bool:
    if not _NUMERIC.fullmatch(version) or not _NUMERIC.fullmatch(than):
        return False
    # Versions in different schemes (2019 and 15.2) are not comparable.
    typed, known = ([int(part) for part in text.split(".")] for text in (version, than))
    return len(typed) >= len(known) and typed[0] == known[0] and typed < known
