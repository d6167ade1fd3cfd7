"""The overview above the list: urgent technologies, next ends of support, recent changes. From the cache."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from frontend.dates import plural, today
from techs.cache import RenderedPage
from techs.inventory import reads
from techs.models import LEVELS, UNDO_FOR
from techs.rules.levels import Level

# Months on the scale, from the first of this month, so that 24 months from any day fit.
SCALE_MONTHS = 25
MONTHS_A_TICK = 3
# Marks that are closer to today would overlap the label "today" on any screen, or on a narrow one.
_TOO_NEAR, _TOO_NEAR_IF_NARROW = timedelta(days=75), timedelta(days=450)
# Older lifecycle data may miss recent changes.
DATA_IS_OLD_AFTER = timedelta(days=45)
# After new data arrived, the page polls for this long, while the list is reassessed, with this many seconds in between.
_FOLLOWED_FOR = timedelta(seconds=45)
_LOOK_AGAIN_AFTER = 5


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of the bar for one level, in SVG coordinates."""

    level: str
    count: int
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the scale."""

    x: str
    label: str
    is_for_wide_screens: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The end of a technology's support, as a row of the timeline. Rows are 2 em high, below a header of 2 em."""

    id: int
    name: str
    level: str
    day: date
    x: str
    y: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The next ends of support on a scale."""

    today: date
    today_x: str
    ticks: list[Tick]
    ends: list[End]
    height: str
    count: int
    ended_count: int
    ended_url: str
    rest_url: str | None

    @property
    def rest_count(self) -> int:
        return self.count - len(self.ends)


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
    levels: dict[str, int]
    segments: list[Segment]
    timeline: Timeline
    changes: list[Change]
    changes_count: int
    worse_count: int
    date_changes_count: int
    owners: list[str]
    tags: list[str]
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
            levels=data["levels"],
            segments=list(segments(data["levels"], page.count)),
            timeline=_timeline(data, today=today, cursor=page.next),
            changes=[_change(change) for change in data["changes"]],
            changes_count=data["changes_count"],
            worse_count=data["worse_count"],
            date_changes_count=data["date_changes_count"],
            owners=data["owners"],
            tags=data["tags"],
            lifecycle_data=_data_age(data["lifecycle_data"], today=today),
        )

    @property
    def headline(self) -> str:
        """Summarise in one sentence how much needs attention."""
        now, soon = self.levels.get("critical", 0), self.levels.get("high", 0)
        if now:
            verb = "needs" if now == 1 else "need"
            return f"{now:,} of {self.total:,} {verb} action now" + (f", {soon:,} more this quarter" if soon else "")
        if soon:
            return f"Nothing needs action now, {soon:,} of {self.total:,} this quarter"
        return "Nothing needs action now"

    @property
    def changes_words(self) -> str:
        dates = plural(self.date_changes_count, "end date") + " changed" if self.date_changes_count else ""
        if dates and not self.changes_count:
            return f"{dates} in 30 days"
        worse = f"{self.worse_count:,}" if self.worse_count else "none"
        levels = f"{plural(self.changes_count, 'change')} in 30 days, {worse} worse"
        return f"{levels}; {dates}" if dates else levels

    @property
    def bar_words(self) -> str:
        return bar_words(self.segments, self.total)


def removals(data: list[dict[str, Any]]) -> Iterator[RemovedTech]:
    """Read the removals of an overview that can still be undone."""
    for removal in data:
        at = datetime.fromisoformat(removal["at"])
        if timezone.now() - at < UNDO_FOR:
            yield RemovedTech(removal["id"], removal["name"], removal["count"] - 1, at)


def count_of_techs(number: int) -> str:
    return f"{number:,} {'technology' if number == 1 else 'technologies'}"


def bar_words(parts: Iterable[Segment], total: int) -> str:
    """Describe the bar for people who do not see it."""
    words = (f"{part.count:,} {part.level.title()} ({Level(part.level).action})" for part in parts)
    return f"{count_of_techs(total)}: {', '.join(words)}."


def segments(levels: dict[str, int], total: int) -> Iterator[Segment]:
    """Divide a bar by level. total must not be 0."""
    before = 0
    for level, _ in LEVELS:
        if count := levels.get(level, 0):
            yield Segment(level, count, _percent(before / total), _percent(count / total))
            before += count


def _timeline(data: dict[str, Any], *, today: date, cursor: str | None) -> Timeline:
    by_date = {"ordering": "end_of_life"}
    ends = [_end(end, number, today=today) for number, end in enumerate(data["ends"])]
    return Timeline(
        today=today,
        today_x=_place(today, today=today),
        ticks=list(_ticks(today)),
        ends=ends,
        height=f"{2 * len(ends) + 2}em",
        count=data["ends_count"],
        ended_count=data["ended_count"],
        ended_url=_list_url(by_date),
        rest_url=_list_url(by_date | {"cursor": cursor}) if cursor else None,
    )


def _end(end: dict[str, Any], number: int, *, today: date) -> End:
    day = date.fromisoformat(end["day"])
    return End(
        id=end["id"],
        name=end["name"],
        level=end["level"],
        day=day,
        x=_place(day, today=today),
        y=f"{2 * number + 3}em",
    )


def _ticks(today: date) -> Iterator[Tick]:
    for months in range(1, SCALE_MONTHS):
        day = _month_after(today, months)
        if day.month % MONTHS_A_TICK == 1 and day - today > _TOO_NEAR:
            is_minor = day.month != 1 or day - today < _TOO_NEAR_IF_NARROW
            label = f"{day:%b %Y}" if day.month == 1 else f"{day:%b}"
            yield Tick(_place(day, today=today), label, is_minor)


def _place(day: date, *, today: date) -> str:
    start, end = _month_after(today, 0), _month_after(today, SCALE_MONTHS)
    return _percent((day - start) / (end - start))


def _month_after(today: date, months: int) -> date:
    years, month = divmod(today.month - 1 + months, 12)
    return date(today.year + years, month + 1, 1)


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


def _list_url(params: dict[str, Any]) -> str:
    return f"{reverse('frontend:list')}?{urlencode(params)}#list"


def _percent(part: float) -> str:
    return f"{100 * part:.2f}%"
