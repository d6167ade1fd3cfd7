"""Filters by the product, the end of support, the kind and accepted risks: their values, and their conditions.

All days are UTC. Filters that depend on the present day keep it, so that cached pages of yesterday are not found.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q

from techs.rules.attributes import InvalidAttribute
from techs.rules.kinds import Kind
from techs.rules.levels import Level
from techs.validation import validation_errors

OVERDUE = "overdue"
# Instead of an owner. Owners of this name, which spreadsheets have, mean the same.
NO_OWNER = "none"
MOST_DAYS = 9999
YES, NO = "true", "false"
NAMES = ("product", "kind", "imported", "ends_within", "ends_from", "ends_to", "accepted")
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


def period(*, within: Sequence[str], first: str, last: str, today: str) -> Ends:
    """Return the days of these filters, which narrow each other."""
    start = date.fromisoformat(first) if first else None
    end = date.fromisoformat(last) if last else LAST_DAY
    if within:
        begins, ends = Days.of(within).period(date.fromisoformat(today))
        start, end = max(filter(None, (start, begins)), default=None), min(end, ends)
    return start, min(end, LAST_DAY)


def ends_on(period: Ends) -> Q:
    first, last = period
    return Q(ends_on__gte=first, ends_on__lte=last) if first else Q(ends_on__lte=last)


def accepted(today: str, *, of: str = "") -> Q:
    """Return the condition for technologies whose risk the team accepts: set to low until a later day.

    of: how rows of another model refer to their technology, such as "tech__".
    """
    return Q((f"{of}level_override", Level.LOW.value), (f"{of}override_review_on__gt", today))


def clean(given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the fields of a query for the values of parameters in NAMES. Raises ValidationError by field."""
    clean_each = {"product": _clean_product, "kind": _clean_kind, "imported": _clean_import, "ends_within": _clean_days}
    found: dict[str, Any] = {}
    for name, clean_one in clean_each.items():
        with validation_errors(name):
            found[name] = tuple(sorted({clean_one(text) for text in given.get(name, ())}))
    found["ends_within"] = Days.of(found["ends_within"]).values
    days = {name: _clean_day(name, given[name][-1]) for name in ("ends_from", "ends_to") if given.get(name)}
    if len(days) > 1 and days["ends_from"] > days["ends_to"]:
        raise ValidationError({"ends_to": ["Choose a day on or after ends_from."]})
    return found | days | {"accepted": _clean_accepted(given.get("accepted", ())[-1:])}


def _clean_product(text: str) -> str:
    slug = text.strip().lower()
    if not re.fullmatch(PRODUCT, slug):
        raise InvalidAttribute("Enter the slug of a product, such as django.", code="product")
    return slug


def _clean_days(text: str) -> str:
    days = text.strip().lower()
    if days == OVERDUE:
        return days
    if not re.fullmatch(r"[0-9]{1,4}", days):
        raise InvalidAttribute(f"Enter overdue, or a number of days from 0 to {MOST_DAYS:,}, such as 90.", code="days")
    return str(int(days))


def _clean_kind(text: str) -> str:
    kind = text.strip().lower()
    if kind not in list(Kind):
        raise InvalidAttribute(f"Choose from: {', '.join(Kind)}.", code="kind")
    return kind


def _clean_import(text: str) -> str:
    try:
        return str(UUID(text.strip()))
    except ValueError as error:
        raise InvalidAttribute("Enter the id of an import.", code="import") from error


def _clean_accepted(texts: Sequence[str]) -> str:
    for text in texts:
        if (value := text.strip().lower()) not in (YES, NO):
            raise ValidationError({"accepted": ["Choose true or false."]})
        return value
    return ""


def _clean_day(name: str, text: str) -> str:
    try:
        # Python would also read 20270101 and 2027-W01-1.
        found = re.fullmatch(r"\s*(\d{4}-\d\d-\d\d)\s*", text, re.ASCII)
        return date.fromisoformat(found[1] if found else "").isoformat()
    except ValueError as error:
        raise ValidationError({name: ["Enter a date such as 2027-01-31."]}) from error
