"""The overview above the list: the headline and recent changes. From the cache."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from django.utils import timezone

from frontend.dates import plural, today
from techs.cache import RenderedPage
from techs.inventory import reads
from techs.rules.levels import Level
from techs.rules.overrides import ACCEPTED, ACCEPTED_ACTION

# Older lifecycle data may miss recent changes.
DATA_IS_OLD_AFTER = timedelta(days=45)
# The list offers to undo a removal for this long, and the activity for as long as it can be undone.
_REMOVAL_IS_NEWS_FOR = timedelta(minutes=10)
# After new data arrived, the page polls for this long, while the list is reassessed, with this many seconds in between.
_FOLLOWED_FOR = timedelta(seconds=45)
_LOOK_AGAIN_AFTER = 5
_ACTIONS = {level.value: level.action for level in Level} | {ACCEPTED: ACCEPTED_ACTION}


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of the bar for one level, in SVG coordinates."""

    level: str
    count: int
    x: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A level change, or a date change, which has a text. If the technology was removed, id is None."""

    id: int | None
    name: str
    before: str
    after: str
    text: str
    day: date


@dataclass(frozen=True, slots=True)
class RemovedTech:
    """A removed technology that can still be restored, with others that were removed together with it."""

    action: int
    name: str
    others: int
    at: datetime


@dataclass(frozen=True, slots=True)
class DataAge:
    """Date and source of the active lifecycle data, and the state of the download."""

    known_on: date
    source: str
    is_old: bool
    fetch: str
    fetched_at: datetime | None
    has_just_come: bool

    @property
    def changes_at(self) -> list[datetime]:
        """Return the moments at which has_just_come changes."""
        return [self.fetched_at, self.fetched_at + _FOLLOWED_FOR] if self.fetched_at else []

    @property
    def look_again_after(self) -> int | None:
        """Return the seconds until the next poll, or None if nothing is about to change."""
        return _LOOK_AGAIN_AFTER if self.has_just_come or self.fetch == "fetching" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole list at a glance."""

    total: int
    libraries: int
    changes: list[Change]
    changes_count: int
    worse_count: int
    date_changes_count: int
    owners: list[str]
    tags: list[str]
    services: list[tuple[str, str]]
    products: list[tuple[str, str]]
    lifecycle_data: DataAge | None

    @classmethod
    def read(cls) -> Self:
        """Read the overview as of today (UTC). If it is cached, this takes no database query."""
        day = today()
        page, _ = reads.read_overview(day)
        return cls.of(page, today=day)

    @classmethod
    def of(cls, page: RenderedPage, *, today: date) -> Self:
        data = json.loads(page.data)
        return cls(
            total=page.count,
            libraries=data["libraries"],
            changes=[_change(change) for change in data["changes"]],
            changes_count=data["changes_count"],
            worse_count=data["worse_count"],
            date_changes_count=data["date_changes_count"],
            owners=data["owners"],
            tags=data["tags"],
            services=[(slug, name) for slug, name in data["services"]],
            products=[(slug, title) for slug, title in data["products"]],
            lifecycle_data=_data_age(data["lifecycle_data"], today=today),
        )

    @property
    def changes_words(self) -> str:
        dates = plural(self.date_changes_count, "end date") + " changed" if self.date_changes_count else ""
        if dates and not self.changes_count:
            return f"{dates} in 30 days"
        worse = f"{self.worse_count:,}" if self.worse_count else "none"
        levels = f"{self.changes_count:,} in 30 days, {worse} worse"
        return f"{levels}; {dates}" if dates else levels


def newest_removal(data: list[dict[str, Any]]) -> RemovedTech | None:
    """Return the newest removal of an overview, for as long as the list mentions it."""
    for removal in data:
        at = datetime.fromisoformat(removal["at"])
        if timezone.now() - at < _REMOVAL_IS_NEWS_FOR:
            return RemovedTech(removal["id"], removal["name"], removal["count"] - 1, at)
    return None


def headline(levels: Mapping[str, int]) -> str:
    """Summarise in one sentence how much needs attention."""
    now, soon, total = levels["critical"], levels["high"], sum(levels.values())
    if now:
        verb = "needs" if now == 1 else "need"
        return f"{now:,} of {total:,} {verb} action now" + (f", {soon:,} more this quarter" if soon else "")
    if soon:
        return f"Nothing needs action now, {soon:,} of {total:,} this quarter"
    return "Nothing needs action now"


def count_of_techs(number: int) -> str:
    return f"{number:,} {'technology' if number == 1 else 'technologies'}"


def bar_words(parts: Iterable[Segment], total: int) -> str:
    """Describe the bar for people who do not see it."""
    words = (f"{part.count:,} {part.level.title()} ({_ACTIONS[part.level]})" for part in parts)
    return f"{count_of_techs(total)}: {', '.join(words)}."


def with_accepted(levels: Mapping[str, int], accepted: int) -> dict[str, int]:
    """Count accepted risks apart, not as low, which would mean that there is nothing to do."""
    worse = {level: levels.get(level, 0) for level in Level if level != Level.LOW}
    return worse | {ACCEPTED: accepted, Level.LOW.value: levels.get(Level.LOW, 0) - accepted}


def segments(levels: dict[str, int], total: int) -> Iterator[Segment]:
    """Divide a bar by level, in the given order. total must not be 0."""
    before = 0
    for level, count in levels.items():
        if count:
            yield Segment(level, count, _percent(before / total), _percent(count / total))
            before += count


def _change(change: dict[str, Any]) -> Change:
    return Change(
        id=change["id"],
        name=change["name"],
        before=change["before"],
        after=change["after"],
        text=change["text"],
        day=date.fromisoformat(change["day"]),
    )


def _data_age(data: dict[str, Any] | None, *, today: date) -> DataAge | None:
    if not data:
        return None
    known_on = date.fromisoformat(data["known_on"])
    fetched_at = datetime.fromisoformat(data["fetched_at"]) if data["fetched_at"] else None
    return DataAge(
        known_on=known_on,
        source=data["source"],
        is_old=today - known_on > DATA_IS_OLD_AFTER,
        fetch=data["fetch"],
        fetched_at=fetched_at,
        has_just_come=fetched_at is not None and timedelta() <= timezone.now() - fetched_at < _FOLLOWED_FOR,
    )


def _percent(part: float) -> str:
    return f"{100 * part:.2f}%"
