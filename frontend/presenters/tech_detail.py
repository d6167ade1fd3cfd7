"""The page of one technology. It is read from the database, since the days left depend on today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Self

from frontend.dates import plural
from frontend.presenters.activity_page import Row, newest_of_tech
from frontend.presenters.rows import LevelOverride, Source, in_use, is_overridden, is_unversioned, offered
from frontend.presenters.service_page import places
from techs.assessment.assessor import Assessor
from techs.inventory import undo
from techs.models import LevelChange, Service, Tech, TechDateChange, Usage
from techs.rules.snapshots import united

# Level and date changes to show. The API returns all of them.
HISTORY_LENGTH = 50
_USAGES_SHOWN = 200
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
    """A reason for the level, with its source."""

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
    version_command: str
    """How to look up the installed version, if the release is not known; "" otherwise."""
    release_policy: str
    changes: list[LevelChange | TechDateChange]
    last_change: LastChange | None
    used_by: list[User]
    activity: list[Row]

    @classmethod
    def read(cls, tech: Tech, *, today: date | None = None) -> Self:
        """Read the details as of today (UTC), in five queries.

        They read the history (two), the last change, the activity and the active lifecycle data.

        If services use the technology, one more reads them.
        """
        assessor = Assessor.current()
        today = today or assessor.today
        override = is_overridden(tech.reasons)
        facts = assessor.facts_of(tech)
        return cls(
            tech=tech,
            reasons=[Reason(reason["text"], Source.of(reason)) for reason in tech.reasons],
            suggestions=offered(tech.suggestions, tech.reasons),
            parts=assessor.several_in(tech),
            is_unversioned=is_unversioned(tech.reasons),
            override=_override(tech) if override else None,
            override_ended_on=tech.override_review_on if tech.level_override and not override else None,
            has_ended=tech.end_of_life is not None and tech.end_of_life < today,
            days=days_left(tech.end_of_life, today=today) if tech.end_of_life else "",
            upgrade_ends_on=_upgrade_end(tech),
            product=assessor.title_of(tech),
            version_command=facts.version_command if facts and not tech.release else "",
            release_policy=facts.release_policy if facts else "",
            changes=_history(tech),
            last_change=LastChange.read(tech),
            used_by=_users(tech) if tech.services else [],
            activity=newest_of_tech(tech.pk),
        )

    @property
    def more_users(self) -> int:
        return max(self.tech.services - len(self.used_by), 0)


def days_left(end: date, *, today: date) -> str:
    """Describe the number of days until the end of support. That day is still supported."""
    days = (end - today).days
    if days == 0:
        return "today is the last day"
    return f"{plural(days, 'day')} left" if days > 0 else f"{plural(-days, 'day')} ago"


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


def _history(tech: Tech) -> list[LevelChange | TechDateChange]:
    changes: list[LevelChange | TechDateChange] = [
        *tech.level_changes.all()[:HISTORY_LENGTH],
        *tech.date_changes.all()[:HISTORY_LENGTH],
    ]
    return sorted(changes, key=lambda change: change.at, reverse=True)[:HISTORY_LENGTH]


def _override(tech: Tech) -> LevelOverride | None:
    return (
        LevelOverride(tech.override_review_on, tech.computed_level, tech.computed_score)
        if tech.override_review_on
        else None
    )


def _upgrade_end(tech: Tech) -> date | None:
    end = (tech.upgrade_to or {}).get("end_of_life")
    return date.fromisoformat(end) if end else None
