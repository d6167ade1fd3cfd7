"""One row of the list: a cached technology, and values that depend on today."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Self

from frontend.presenters.reasons import short_reason
from techs.rules.kinds import Kind
from techs.rules.levels import Level

_NEW_FOR = timedelta(minutes=2)
# A row shows its previous level for this long.
_MOVE_IS_NEWS_FOR = timedelta(days=30)
_VERSIONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Source:
    """The page that lifecycle data comes from, and the date of the data."""

    url: str
    name: str
    as_of: date | None

    @classmethod
    def of(cls, reason: dict[str, Any]) -> Self | None:
        """Return the source of a reason if it may be linked. Links other than https could run a script."""
        url = reason["source"] or ""
        if not url.startswith("https://"):
            return None
        return cls(url, url.removeprefix("https://").removesuffix("/"), _day(reason["facts_as_of"]))


@dataclass(frozen=True, slots=True)
class LevelOverride:
    """An active level override: its review date, and the computed level and score that it replaces."""

    until: date
    rule_level: str
    rule_score: int


@dataclass(frozen=True, slots=True)
class Move:
    """The last level change: the previous level, the date, and whether it happened in the last minutes."""

    from_level: str
    on: date
    is_new: bool


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go from a release: a name, and until when it is supported."""

    name: str
    support: str

    @classmethod
    def of(cls, upgrade: dict[str, Any] | None) -> Self | None:
        if not upgrade:
            return None
        if not upgrade["name"]:
            return cls("Replace it", "no release is supported")
        end = _day(upgrade["end_of_life"])
        return cls(upgrade["name"], f"supported to {end:%b %Y}" if end else "no announced end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One technology on the list. Equal rows look the same on the same day: see row_html."""

    id: int
    name: str
    level: str
    reason: str
    impact: str
    extended_support: bool
    is_unversioned: bool
    is_library: bool
    override: LevelOverride | None
    owner: str
    tags: tuple[str, ...]
    move: Move | None
    end_of_life: date | None
    target: Target | None
    services: int
    versions: str
    is_new: bool

    @classmethod
    def read(cls, tech: dict[str, Any], *, now: datetime) -> Self:
        reasons = tech["reasons"]
        return cls(
            id=tech["id"],
            name=tech["name"],
            level=tech["priority"],
            reason=short_reason(reasons, name=tech["name"], end=tech["end_of_life"]),
            impact=tech["impact"],
            extended_support=tech["extended_support"],
            is_unversioned=is_unversioned(reasons),
            # Pages that the previous version cached have no kind, upgrade_to, services and versions.
            is_library=tech.get("kind") == Kind.LIBRARY,
            override=_override(tech),
            owner=tech["owner"],
            tags=tuple(tech["tags"]),
            move=_move(tech, now=now),
            end_of_life=_day(tech["end_of_life"]),
            target=Target.of(tech.get("upgrade_to")),
            services=tech.get("services", 0),
            versions=in_use(tech.get("versions") or []),
            is_new=now - datetime.fromisoformat(tech["submitted_at"]) < _NEW_FOR,
        )

    def without_news(self) -> Self:
        """Return this row without the marks of the last minutes."""
        return replace(self, is_new=False, move=self.move and replace(self.move, is_new=False))

    @property
    def is_accepted(self) -> bool:
        """Return True if the team has accepted the risk until a review."""
        return self.override is not None and self.level == Level.LOW


def marks_change_at(tech: dict[str, Any]) -> list[datetime]:
    """Return the moments at which the row loses a mark, although nothing happens to the technology."""
    added_at, moved_at = (datetime.fromisoformat(tech[name]) for name in ("submitted_at", "priority_since"))
    return [added_at + _NEW_FOR, moved_at + _NEW_FOR, moved_at + _MOVE_IS_NEWS_FOR]


def in_use(versions: list[str]) -> str:
    """Return the first versions in use, and the number of the others."""
    shown = ", ".join(versions[:_VERSIONS_SHOWN])
    rest = len(versions) - _VERSIONS_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def is_overridden(reasons: Iterable[dict[str, Any]]) -> bool:
    """Return True if an override is active. An expired one is still stored, but is not among the reasons."""
    return any(reason["code"] == "SET_BY_HAND" for reason in reasons)


def is_unversioned(reasons: Iterable[dict[str, Any]]) -> bool:
    return any(reason["code"] == "EVERGREEN" for reason in reasons)


def offered(suggestions: list[str], reasons: Iterable[dict[str, Any]]) -> list[str]:
    """Return the suggestions to show, none if the technology is marked as versionless."""
    return [] if is_unversioned(reasons) else suggestions


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _override(tech: dict[str, Any]) -> LevelOverride | None:
    until = _day(tech["hand_review_on"])
    if not until or not is_overridden(tech["reasons"]):
        return None
    return LevelOverride(until, tech["computed"]["priority"], tech["computed"]["score"])


def _move(tech: dict[str, Any], *, now: datetime) -> Move | None:
    moved_at = datetime.fromisoformat(tech["priority_since"])
    if not tech["previous_priority"] or now - moved_at > _MOVE_IS_NEWS_FOR:
        return None
    return Move(tech["previous_priority"], moved_at.date(), now - moved_at < _NEW_FOR)
