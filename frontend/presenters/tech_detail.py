"""The page of one technology. It is read from the database, since the days left depend on today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, zip_longest
from typing import Self

from frontend.dates import plural
from frontend.presenters.activity_page import Row, newest_of_tech
from frontend.presenters.reasons import worded
from frontend.presenters.rows import LevelOverride, Source, in_use, is_overridden, is_unversioned, offered
from frontend.presenters.service_page import places
from frontend.presenters.timeline import Timeline
from techs.assessment.assessor import Assessor, impact_of
from techs.inventory import undo
from techs.models import LevelChange, Service, Tech, TechDateChange, Usage
from techs.rules.levels import Impact
from techs.rules.overrides import ACCEPTED
from techs.rules.snapshots import united
from techs.rules.support_phases import Place

# Level and date changes to show. The API returns all of them.
HISTORY_LENGTH = 50
_USAGES_SHOWN = 200
_NEWEST_SHOWN = 8
# Names of the fields on the page.
_WORDS = {
    "name": "name and version",
    "impact": "impact",
    "extended_support": "extended support",
    "unversioned": "versionless",
    "level_override": "level override",
    "override_review_on": "level override",
    "note": "note",
    "owner": "owner",
    "tags": "tags",
    "kind": "kind",
    "by_hand": "added by hand",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for the level. Of reasons with the same source, only the last has it."""

    text: str
    source: Source | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastChange:
    """The latest edit, which can still be undone."""

    action: int
    made_at: datetime
    fields: str
    others: int
    """The number of technologies that were changed together with this one."""

    @classmethod
    def read(cls, tech: Tech) -> Self | None:
        edit = undo.last_edit(tech)
        if edit is None:
            return None
        fields = dict.fromkeys(_WORDS[field] for field in edit.fields)
        others = edit.action.count - 1
        return cls(action=edit.action_id, made_at=edit.action.at, fields=", ".join(fields), others=others)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A service that uses the technology, with versions and places."""

    slug: str
    name: str
    owner: str
    versions: str
    places: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the history: an action of a person or program, or a change of the level or of a date."""

    at: datetime
    action: Row | None = None
    change: LevelChange | TechDateChange | None = None
    from_level: str = ""
    to_level: str = ""
    """The levels before and after, "accepted" for an accepted risk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Everything about one technology."""

    tech: Tech
    reasons: list[Reason]
    suggestions: list[str]
    parts: tuple[str, ...]
    is_unversioned: bool
    override: LevelOverride | None
    override_ended_on: date | None
    has_ended: bool
    days: str
    upgrade_ends_on: date | None
    product: str
    release: str
    """Product and release as the lifecycle data names them, or ""."""
    impact: str
    has_services_impact: bool
    """The impact comes from a service."""
    timeline: Timeline | None
    version_command: str
    """How to look up the installed version, if the release is not known; "" otherwise."""
    release_policy: str
    history: list[Event]
    last_change: LastChange | None
    used_by: list[User]

    @classmethod
    def read(cls, tech: Tech, *, today: date | None = None) -> Self:
        """Read the details as of today (UTC), in five queries.

        They read the history (two), the last change, the activity and the active lifecycle data.

        If services use the technology, one more reads them.
        """
        assessor = Assessor.current()
        today = today or assessor.today
        override = is_overridden(tech.reasons)
        facts, impact = assessor.facts_of(tech), impact_of(tech)
        return cls(
            tech=tech,
            reasons=_reasons(tech, names=[tech.name, assessor.name_of(tech), assessor.title_of(tech)]),
            suggestions=offered(tech.suggestions, tech.reasons),
            parts=assessor.several_in(tech),
            is_unversioned=is_unversioned(tech.reasons),
            override=_override(tech) if override else None,
            override_ended_on=tech.override_review_on if tech.level_override and not override else None,
            has_ended=tech.end_of_life is not None and tech.end_of_life < today,
            days=days_left(tech.end_of_life, today=today) if tech.end_of_life else "",
            upgrade_ends_on=_upgrade_end(tech),
            product=assessor.title_of(tech),
            release=assessor.name_of(tech) if tech.release else "",
            impact=impact.label,
            has_services_impact=impact != (tech.impact or Impact.NORMAL),
            timeline=_timeline(tech, assessor, today=today),
            version_command=facts.version_command if facts and not tech.release else "",
            release_policy=facts.release_policy if facts else "",
            history=_history(tech),
            last_change=LastChange.read(tech),
            used_by=_users(tech) if tech.services else [],
        )

    @property
    def more_users(self) -> int:
        return max(self.tech.services - len(self.used_by), 0)

    @property
    def newest(self) -> list[Event]:
        return self.history[:_NEWEST_SHOWN]

    @property
    def earlier(self) -> list[Event]:
        return self.history[_NEWEST_SHOWN:]


def days_left(end: date, *, today: date) -> str:
    """Describe the number of days until the end of support. That day is still supported."""
    days = (end - today).days
    if days == 0:
        return "today is the last day"
    return f"{plural(days, 'day')} left" if days > 0 else f"{plural(-days, 'day')} ago"


def _reasons(tech: Tech, *, names: Sequence[str]) -> list[Reason]:
    sources = [Source.of(reason) for reason in tech.reasons]
    texts = worded(tech.reasons, names=names)
    return [
        Reason(text, None if source in sources[number:] else source)
        for number, (text, source) in enumerate(zip(texts, sources, strict=True), start=1)
    ]


def _users(tech: Tech) -> list[User]:
    usages = tech.usages.select_related("service", "source").order_by("service__name_key", "source__name")
    by_service = groupby(usages[:_USAGES_SHOWN], key=lambda usage: usage.service)
    return [_user(service, list(group)) for service, group in by_service]


def _user(service: Service, usages: Sequence[Usage]) -> User:
    return User(
        slug=service.slug,
        name=service.name,
        owner=service.owner,
        versions=in_use(list(united(*(usage.versions for usage in usages)))),
        places=places([(usage.source.name, usage.line) for usage in usages]),
        since=min(usage.first_seen for usage in usages),
    )


def _history(tech: Tech) -> list[Event]:
    actions = [Event(row.at, action=row) for row in newest_of_tech(tech.pk)]
    dates = [Event(change.at, change=change) for change in tech.date_changes.all()[:HISTORY_LENGTH]]
    changes = [*_level_changes(tech), *dates]
    newest = sorted(changes, key=lambda event: event.at, reverse=True)[:HISTORY_LENGTH]
    return sorted([*actions, *newest], key=lambda event: event.at, reverse=True)


def _level_changes(tech: Tech) -> list[Event]:
    changes = list(tech.level_changes.all()[: HISTORY_LENGTH + 1])
    before = [each.shown_level for each in changes[1:]]
    events = zip_longest(changes[:HISTORY_LENGTH], before[:HISTORY_LENGTH])
    return [
        Event(
            change.at,
            change=change,
            from_level=ACCEPTED if earlier == ACCEPTED else change.from_level,
            to_level=change.shown_level,
        )
        for change, earlier in events
    ]


def _timeline(tech: Tech, assessor: Assessor, *, today: date) -> Timeline | None:
    """Draw the product's releases, unless the technology has none: a library, or one that is not tracked."""
    slug, _, cycle = tech.cycle_key.partition(" ")
    product = assessor.catalogue.facts.products.get(slug or tech.product)
    if product is None or is_unversioned(tech.reasons):
        return None
    target = (tech.upgrade_to or {}).get("release") or ""
    place = Place(own=cycle, target=target, extended=tech.extended_support)
    return Timeline.of(product, place, is_assumed=not tech.release, today=today)


def _override(tech: Tech) -> LevelOverride | None:
    return (
        LevelOverride(tech.override_review_on, tech.computed_level, tech.computed_score)
        if tech.override_review_on
        else None
    )


def _upgrade_end(tech: Tech) -> date | None:
    end = (tech.upgrade_to or {}).get("end_of_life")
    return date.fromisoformat(end) if end else None
