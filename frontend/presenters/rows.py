"""One row of the list: a cached technology, and values that depend on today."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Self

from techs.rules.kinds import Kind
from techs.rules.levels import Level

_NEW_FOR = timedelta(minutes=2)
# A row shows its previous level for this long.
_MOVE_IS_NEWS_FOR = timedelta(days=30)
_VERSIONS_SHOWN = 3
# Reasons that may only repeat the date in the column beside them, and the state to show instead.
_STATES = {
    "EOL_PAST": "Out of support",
    "EOL_JUST_PAST": "Out of support",
    "EOL_NEAR": "Support ends soon",
    "EOL_MID": "Support ends within months",
    "EOL_FAR": "Support ends within a year",
    "SUPPORTED": "Supported",
}
# Reasons about a release, which begin with its name.
_OF_RELEASES = {
    *_STATES,
    "EOL_EXTENDED",
    "EOAS_PAST",
    "EOAS_LONG",
    "NO_END_DATE",
    "NO_RELEASE",
    "BEHIND",
    "PATCH_BEHIND",
}
_BEHIND = re.compile(r"behind the newest release cycle, (.+), released on ([0-9-]+)")
# Shown elsewhere: the impact in the row, and the age of the data below the list.
_ASIDE = {"IMPACT", "STALE_FACTS"}


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


def short_reason(reasons: Sequence[dict[str, Any]], *, name: str, end: str | None) -> str:
    """Return the deciding reason without the end date, which has a column of its own.

    If it only repeats that date, return the state in words and the next reason.
    """
    if not reasons:
        return ""
    first, *others = reasons
    text = _without_name(first["text"], name)
    if not end:
        return text
    if first["code"] in _STATES and _of_release(first).casefold() in _dated(end):
        more = [_of_release(each) for each in others if each["code"] not in _STATES.keys() | _ASIDE]
        return ". ".join([_STATES[first["code"]], *more[:1]]).removesuffix(".") + "."
    return _sentence(re.sub(rf"support ended on {end}(; |, but )", "", text, count=1, flags=re.IGNORECASE))


def _dated(end: str) -> set[str]:
    return {f"support ended on {end}.", f"support ends on {end}."}


def _of_release(reason: dict[str, Any]) -> str:
    text: str = reason["text"]
    if reason["code"] not in _OF_RELEASES:
        return text
    return _sentence(_BEHIND.sub(r"newest is \1, from \2", text.partition(": ")[2] or text))


def _without_name(reason: str, name: str) -> str:
    # Labels in the lifecycle data may add "(LTS)" to the name.
    for begin in (f"{name}: ", f"{name} (LTS): "):
        if reason[: len(begin)].casefold() == begin.casefold():
            return _sentence(reason[len(begin) :])
    return reason


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


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
