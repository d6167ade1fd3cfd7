"""Validate the fields that people set: name, owner, tags, impact, note and level override. Pure.

A validator takes raw input and returns the value to store, or raises InvalidAttribute with a message for the user.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

from techs.rules import outputs
from techs.rules.levels import Impact
from techs.rules.text import MAX_TEXT, is_one_visible_line, normalise

NAME_MAX_LENGTH = MAX_TEXT
NOTE_MAX_LENGTH = 2000
OWNER_MAX_LENGTH = 100
MAX_TAGS = 10
TAG_MAX_LENGTH = 30
TAG = rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{TAG_MAX_LENGTH - 1}}}"
_NOT_STORABLE = re.compile(r"[\x00\ud800-\udfff]")
_QUOTED = 40  # characters of a note in a description


class InvalidAttribute(ValueError):
    """A value failed validation. code identifies the problem; field names the form field if a rule covers several."""

    def __init__(self, problem: str, *, code: str, field: str = "") -> None:
        super().__init__(problem)
        self.code = code
        self.field = field


def clean_name(typed: str) -> str:
    """Return a technology's name as stored and shown: one visible line of 1 to 200 characters.

    A longer output of a command is shortened to its name and version.
    """
    is_long = len(typed) > NAME_MAX_LENGTH
    name = clean_search((outputs.in_one_line(normalise(typed)) if is_long else "") or typed)
    if not any(map(str.isalnum, name)):
        message = "This has no letter or digit."
        raise InvalidAttribute(message, code="no_word")
    return name


def clean_search(typed: str) -> str:
    """Normalise part of a name. Unlike a name, it may consist of punctuation."""
    name = normalise(typed)
    if not name:
        raise InvalidAttribute("Enter a technology, such as Django 3.2.", code="blank")
    if not is_one_visible_line(typed, name):
        message = "This contains control or invisible characters. Enter one technology on one line."
        raise InvalidAttribute(message, code="control")
    if len(name) > NAME_MAX_LENGTH:
        message = f"Use at most {NAME_MAX_LENGTH} characters (this has {len(name)})."
        raise InvalidAttribute(message, code="length")
    return name


def clean_owner(typed: Any) -> str:
    """Return a team's or person's name of up to 100 characters; an empty string means no owner."""
    if not isinstance(typed, str):
        raise InvalidAttribute("Must be a string.", code="invalid")
    owner = normalise(typed)
    if not is_one_visible_line(typed, owner):
        message = "This contains control or invisible characters. Enter one team or person on one line."
        raise InvalidAttribute(message, code="control")
    if len(owner) > OWNER_MAX_LENGTH:
        message = f"Use at most {OWNER_MAX_LENGTH} characters (this has {len(owner)})."
        raise InvalidAttribute(message, code="length")
    return owner


def clean_tags(tags: Any) -> list[str]:
    """Return the tags in lower case, sorted and without duplicates."""
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise InvalidAttribute('Must be a list of tags, such as ["team-web"].', code="invalid")
    if not all(re.fullmatch(TAG, tag) for tag in tags):
        message = (
            f"A tag has 1 to {TAG_MAX_LENGTH} letters (a-z), digits, dots, hyphens and underscores, and starts with a "
            "letter or digit."
        )
        raise InvalidAttribute(message, code="tag")
    if len(tags) > MAX_TAGS:
        raise InvalidAttribute(f"Use at most {MAX_TAGS} tags (this has {len(tags)}).", code="length")
    return sorted({tag.lower() for tag in tags})


def split_tags(typed: str) -> list[str]:
    """Split a text field at commas, semicolons and white space, and strip a leading # from each tag."""
    return [tag.removeprefix("#") for tag in re.split(r"[,;\s]+", typed) if tag]


def read_tags(typed: str) -> list[str]:
    return clean_tags(split_tags(typed))


def clean_impact(typed: Any) -> str:
    if typed not in list(Impact):
        raise InvalidAttribute(f"Must be one of {', '.join(Impact)}.", code="invalid")
    return str(typed)


def clean_note(typed: Any) -> str:
    """Return a note of up to 2,000 characters, whose lines end in a line feed; an empty string means no note."""
    if not isinstance(typed, str):
        raise InvalidAttribute("Must be a string.", code="invalid")
    note = typed.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _NOT_STORABLE.search(note):
        raise InvalidAttribute("Null and surrogate characters are not allowed.", code="control")
    if len(note) > NOTE_MAX_LENGTH:
        message = f"Use at most {NOTE_MAX_LENGTH:,} characters (this has {len(note):,})."
        raise InvalidAttribute(message, code="length")
    return note


def check_level_override(level: str, *, review_on: date | None, note: str, today: date) -> None:
    """Require a note and a future review date for an override. An empty level means no override."""
    if level and (review_on is None or review_on <= today):
        message = "Choose a review date in the future."
        raise InvalidAttribute(message, code="review", field="override_review_on")
    if level and not note:
        raise InvalidAttribute("Explain why the level is overridden.", code="note", field="note")


@dataclass(frozen=True, slots=True, kw_only=True)
class TechAttributes:
    """Validated attributes submitted along with a name. None means not given: the stored value stays."""

    impact: str | None = None
    extended_support: bool | None = None
    owner: str | None = None
    tags: tuple[str, ...] | None = None
    note: str | None = None

    @classmethod
    def parse(
        cls, *, impact: Any = None, extended_support: Any = None, owner: Any = None, tags: Any = None, note: Any = None
    ) -> Self:
        """Validate attributes from a file. Empty values mean not given. Error messages start with the field's name."""
        if extended_support not in (None, "", True, False):
            raise InvalidAttribute("Extended support: Must be yes or no.", code="invalid")
        return cls(
            impact=_parsed("impact", clean_impact, impact),
            extended_support=None if extended_support == "" else extended_support,
            owner=_parsed("owner", clean_owner, owner),
            tags=_parsed("tags", lambda tags: tuple(clean_tags(tags)), tags),
            note=_parsed("note", clean_note, note),
        )

    @classmethod
    def from_stored(cls, options: Mapping[str, Any]) -> Self:
        tags = options.get("tags")
        return cls(**{**options, "tags": None if tags is None else tuple(tags)})

    def over(self, general: "TechAttributes") -> "TechAttributes":
        """Return these attributes with those of the whole import as defaults. Tags are combined."""
        return TechAttributes(
            impact=general.impact if self.impact is None else self.impact,
            extended_support=general.extended_support if self.extended_support is None else self.extended_support,
            owner=general.owner if self.owner is None else self.owner,
            tags=tuple(sorted({*(self.tags or ()), *(general.tags or ())})) or None,
            note=general.note if self.note is None else self.note,
        )

    @property
    def words(self) -> str:
        """Describe the given attributes, such as "owner Payments, tags pay and shop"."""
        given = {
            "owner": None if self.owner is None else self.owner or "nobody",
            "tags": " and ".join(self.tags or ()) or None,
            "impact": self.impact,
            "extended support": None if self.extended_support is None else "yes" if self.extended_support else "no",
            "note": None if self.note is None else _quoted(self.note) if self.note else "none",
        }
        return ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)

    @property
    def options(self) -> dict[str, Any]:
        return {
            "impact": self.impact,
            "extended_support": self.extended_support,
            "owner": self.owner,
            "tags": None if self.tags is None else list(self.tags),
            "note": self.note,
        }


NO_ATTRIBUTES = TechAttributes()
OPTIONS = tuple(field.name for field in fields(TechAttributes))

OVERRIDE_FIELDS = ("level_override", "override_review_on")
# Besides its name, the fields of a technology that people may edit.
EDITABLE = (*OPTIONS, "unversioned", *OVERRIDE_FIELDS)


def with_coupled_fields(changed: Iterable[str]) -> set[str]:
    """Add the other override field if one changed: a level override and its review date are saved together."""
    return {*changed, *OVERRIDE_FIELDS} if not {*OVERRIDE_FIELDS}.isdisjoint(changed) else {*changed}


def _parsed(field: str, rule: Any, value: Any) -> Any:
    if value in (None, "", []):
        return None
    try:
        return rule(value)
    except InvalidAttribute as error:
        raise InvalidAttribute(f"{field.capitalize()}: {error}", code=error.code) from error


def _quoted(note: str) -> str:
    """Return the beginning of a note in quotes, on one line."""
    line = " ".join(note.split())
    return f"“{line}”" if len(line) <= _QUOTED else f"“{line[: _QUOTED - 1]}…”"
