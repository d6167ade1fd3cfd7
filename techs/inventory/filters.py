"""Filters by the product, the end of support, the kind and accepted risks: their values, and their conditions.

All days are UTC. Filters that depend on the present day keep it, so that cached pages of yesterday are not found.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from django.core.exceptions import ValidationError
from django.db.models import Q

from techs.rules.attributes import InvalidAttribute
from techs.rules.kinds import Kind
from techs.rules.levels import Level

OVERDUE = "overdue"
MOST_DAYS = 3660
YES, NO = "true", "false"
# Rows without an end of support have the day after, date.max.
LAST_DAY = date.max - timedelta(days=1)
PRODUCT = r"[a-z0-9][a-z0-9._+-]{0,99}"

Ends: TypeAlias = tuple[date | None, date]
"""The first and the last day of a period, both included. Without a first day, it has no beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The values of ends_within: "overdue", a number of days from today, or both."""

    is_overdue: bool
    number: int | None

    @classmethod
    def of(cls, values: Sequence[str]) -> "Days":
        numbers = [int(value) for value in values if value != OVERDUE]
        return cls(is_overdue=OVERDUE in values, number=max(numbers, default=None))

    @property
    def values(self) -> tuple[str, ...]:
        return (*([OVERDUE] if self.is_overdue else []), *([str(self.number)] if self.number is not None else []))

    def period(self, today: date) -> Ends:
        last = today - timedelta(days=1) if self.number is None else today + timedelta(days=self.number)
        return (None if self.is_overdue else today), last


def period(*, within: Sequence[str], first: str, last: str, today: str) -> Ends | None:
    """Return the days of these filters, which narrow each other, or None without any."""
    if not (within or first or last):
        return None
    start = date.fromisoformat(first) if first else None
    end = date.fromisoformat(last) if last else LAST_DAY
    if within:
        begins, ends = Days.of(within).period(date.fromisoformat(today))
        start, end = max(filter(None, (start, begins)), default=None), min(end, ends)
    return start, min(end, LAST_DAY)


def ends_on(period: Ends) -> Q:
    first, last = period
    return Q(ends_on__gte=first, ends_on__lte=last) if first else Q(ends_on__lte=last)


def accepted(today: str) -> Q:
    """Return the condition for technologies whose risk the team accepts: set to low until a later day."""
    return Q(level_override=Level.LOW.value, override_review_on__gt=today)


def clean_product(text: str) -> str:
    """Return the slug of a product. Raises InvalidAttribute."""
    slug = text.strip().lower()
    if not re.fullmatch(PRODUCT, slug):
        raise InvalidAttribute("Enter the slug of a product, such as django.", code="product")
    return slug


def clean_days(text: str) -> str:
    """Return a value of ends_within. Raises InvalidAttribute."""
    days = text.strip().lower()
    if days == OVERDUE:
        return days
    if not re.fullmatch(r"[0-9]{1,4}", days) or int(days) > MOST_DAYS:
        raise InvalidAttribute(f"Enter overdue, or a number of days from 0 to {MOST_DAYS}, such as 90.", code="days")
    return str(int(days))


def clean_kind(text: str) -> str:
    """Return a kind of technology. Raises InvalidAttribute."""
    kind = text.strip().lower()
    if kind not in list(Kind):
        raise InvalidAttribute(f"Choose from: {', '.join(Kind)}.", code="kind")
    return kind


def clean_accepted(text: str) -> str:
    """Return YES, NO or an empty text. Raises ValidationError."""
    value = text.strip().lower()
    known: Mapping[str, str] = {"": "", YES: YES, NO: NO, "1": YES, "0": NO}
    if value not in known:
        raise ValidationError({"accepted": ["Choose true or false."]})
    return known[value]


def clean_period(first: str, last: str) -> tuple[str, str]:
    """Return the ISO dates of ends_from and ends_to. Raises ValidationError."""
    start, end = _clean_day("ends_from", first), _clean_day("ends_to", last)
    if start and end and start > end:
        raise ValidationError({"ends_to": ["Choose a day on or after ends_from."]})
    return start, end


def _clean_day(name: str, text: str) -> str:
    if not (day := text.strip()):
        return ""
    try:
        # Python would also read 20270101 and 2027-W01-1.
        return date.fromisoformat(re.fullmatch(r"\d{4}-\d\d-\d\d", day, re.ASCII)[0]).isoformat()  # type: ignore[index]
    except (TypeError, ValueError) as error:
        raise ValidationError({name: ["Enter a date such as 2027-01-31."]}) from error
