"""The rule for each field that people set: name, owner, tags, impact, level override. Pure.

A rule takes what somebody wrote and returns what is stored, or raises InvalidAttribute with a sentence for that person.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

from techs.rules.levels import Impact
from techs.rules.text import MAX_TEXT, is_one_visible_line, normalise

NAME_MAX_LENGTH = MAX_TEXT
NOTE_MAX_LENGTH = 2000
OWNER_MAX_LENGTH = 100
MAX_TAGS = 10
TAG_MAX_LENGTH = 30
TAG = rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{TAG_MAX_LENGTH - 1}}}"


class InvalidAttribute(ValueError):
    """The value cannot be stored. code names the reason in a word; field, if it is known here, the field."""

    def __init__(self, problem: str, *, code: str, field: str = "") -> None:
        super().__init__(problem)
        self.code = code
        self.field = field


def clean_name(typed: str) -> str:
    """Return a technology's name as it is stored and shown: one visible line of 1 to 200 characters."""
    name = clean_search(typed)
    if not any(map(str.isalnum, name)):
        message = "This has no letter and no digit."
        raise InvalidAttribute(message, code="no_word")
    return name


def clean_search(typed: str) -> str:
    """Return a part of a name, which may be all punctuation, as names are stored."""
    name = normalise(typed)
    if not name:
        raise InvalidAttribute("Type the name of a technology, such as Django 3.2.", code="blank")
    if not is_one_visible_line(typed, name):
        message = "This has control characters or invisible ones in it. Type one technology on one line."
        raise InvalidAttribute(message, code="control")
    if len(name) > NAME_MAX_LENGTH:
        message = f"This is too long: {len(name)} of at most {NAME_MAX_LENGTH} characters."
        raise InvalidAttribute(message, code="length")
    return name


def clean_owner(typed: Any) -> str:
    """Return the team or person who looks after a technology, up to 100 characters; "" for nobody."""
    if not isinstance(typed, str):
        raise InvalidAttribute("Must be a text.", code="invalid")
    owner = normalise(typed)
    if not is_one_visible_line(typed, owner):
        message = "This has control characters or invisible ones in it. Type one team or person on one line."
        raise InvalidAttribute(message, code="control")
    if len(owner) > OWNER_MAX_LENGTH:
        message = f"This is too long: {len(owner)} of at most {OWNER_MAX_LENGTH} characters."
        raise InvalidAttribute(message, code="length")
    return owner


def clean_tags(tags: Any) -> list[str]:
    """Return tags in small letters, each once, in order."""
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise InvalidAttribute('Write a list of tags, such as ["team-web"].', code="invalid")
    if not all(re.fullmatch(TAG, tag) for tag in tags):
        message = f"A tag has 1 to {TAG_MAX_LENGTH} letters a to z, digits, dots, - and _, such as team-web."
        raise InvalidAttribute(message, code="tag")
    if len(tags) > MAX_TAGS:
        raise InvalidAttribute(f"These are too many: {len(tags)} of at most {MAX_TAGS} tags.", code="length")
    return sorted({tag.lower() for tag in tags})


def split_tags(typed: str) -> list[str]:
    """Split tags as people type them into one field: between commas or spaces, with or without a # before each."""
    return [tag.removeprefix("#") for tag in re.split(r"[,;\s]+", typed) if tag]


def read_tags(typed: str) -> list[str]:
    """Return the tags in one field of text, clean."""
    return clean_tags(split_tags(typed))


def clean_impact(typed: Any) -> str:
    """Return how much depends on a technology."""
    if typed not in list(Impact):
        raise InvalidAttribute(f"The impact is one of {', '.join(Impact)}.", code="invalid")
    return str(typed)


def check_level_override(level: str, *, review_on: date | None, note: str, today: date) -> None:
    """Require a reason, and a future day of review, for a level override. "" is no override."""
    if level and (review_on is None or review_on <= today):
        message = "Name a day in the future on which to look again."
        raise InvalidAttribute(message, code="review", field="override_review_on")
    if level and not note:
        raise InvalidAttribute("Say why the level is set by hand.", code="note", field="note")


@dataclass(frozen=True, slots=True, kw_only=True)
class TechAttributes:
    """The attributes that come with a text, clean. None: not given, so the list keeps its own."""

    impact: str | None = None
    extended_support: bool | None = None
    owner: str | None = None
    tags: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, *, impact: Any = None, extended_support: Any = None, owner: Any = None, tags: Any = None) -> Self:
        """Read the attributes in a file, where empty is not given. Raises InvalidAttribute with the field's name."""
        if extended_support not in (None, "", True, False):
            raise InvalidAttribute("Extended support: Must be yes or no.", code="invalid")
        return cls(
            impact=_parsed("impact", clean_impact, impact),
            extended_support=None if extended_support == "" else extended_support,
            owner=_parsed("owner", clean_owner, owner),
            tags=_parsed("tags", lambda tags: tuple(clean_tags(tags)), tags),
        )

    @classmethod
    def from_stored(cls, options: Mapping[str, Any]) -> Self:
        """Take the attributes of a submission or an import, which are clean. A missing one is not given."""
        tags = options.get("tags")
        return cls(**{**options, "tags": None if tags is None else tuple(tags)})

    def over(self, general: "TechAttributes") -> "TechAttributes":
        """Combine with attributes given for many at once: these win, but tags add up."""
        return TechAttributes(
            impact=general.impact if self.impact is None else self.impact,
            extended_support=general.extended_support if self.extended_support is None else self.extended_support,
            owner=general.owner if self.owner is None else self.owner,
            tags=tuple(sorted({*(self.tags or ()), *(general.tags or ())})) or None,
        )

    @property
    def words(self) -> str:
        """As people read it, such as "owner Payments, tags pay and shop"; "" for nothing."""
        given = {
            "owner": None if self.owner is None else self.owner or "nobody",
            "tags": " and ".join(self.tags or ()) or None,
            "impact": self.impact,
            "extended support": None if self.extended_support is None else "yes" if self.extended_support else "no",
        }
        return ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)

    @property
    def options(self) -> dict[str, Any]:
        """As a submission stores them."""
        return {
            "impact": self.impact,
            "extended_support": self.extended_support,
            "owner": self.owner,
            "tags": None if self.tags is None else list(self.tags),
        }


NO_ATTRIBUTES = TechAttributes()
OPTIONS = tuple(field.name for field in fields(TechAttributes))

OVERRIDE_FIELDS = ("level_override", "override_review_on")
# The fields of a technology that people may change, its name aside.
EDITABLE = (*OPTIONS, "note", "unversioned", *OVERRIDE_FIELDS)


def with_coupled_fields(changed: Iterable[str]) -> set[str]:
    """Return the fields to save when these changed: a level override and its day of review go together."""
    return {*changed, *OVERRIDE_FIELDS} if not {*OVERRIDE_FIELDS}.isdisjoint(changed) else {*changed}


def _parsed(field: str, rule: Any, value: Any) -> Any:
    if value in (None, "", []):
        return None
    try:
        return rule(value)
    except InvalidAttribute as error:
        raise InvalidAttribute(f"{field.capitalize()}: {error}", code=error.code) from error
