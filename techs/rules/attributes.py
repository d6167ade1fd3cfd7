"""What may be said of a technology besides its text: impact, extended support, owner and tags. Pure: the rules.

A rule takes what somebody wrote and returns what is stored, or raises LabelError with a sentence for who wrote it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from techs.rules.name_index import normalise
from techs.rules.priority import Impact

OWNER_MAX_LENGTH = 100
MAX_TAGS = 10
TAG_MAX_LENGTH = 30
TAG = rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{TAG_MAX_LENGTH - 1}}}"


class LabelError(ValueError):
    """It cannot be stored. The code says in a word why."""

    def __init__(self, problem: str, *, code: str) -> None:
        super().__init__(problem)
        self.code = code


def clean_owner(text: Any) -> str:
    """Who looks after it, up to 100 characters; "" for nobody."""
    if not isinstance(text, str):
        raise LabelError("Must be a text.", code="invalid")
    owner = normalise(text)
    if not is_one_visible_line(text, owner):
        message = "This has control characters or invisible ones in it. Type one team or person on one line."
        raise LabelError(message, code="control")
    if len(owner) > OWNER_MAX_LENGTH:
        raise LabelError(f"This is too long: {len(owner)} of at most {OWNER_MAX_LENGTH} characters.", code="length")
    return owner


def clean_tags(tags: Any) -> list[str]:
    """Short names to find it by: in small letters, each once, in order."""
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise LabelError('Write a list of tags, such as ["team-web"].', code="invalid")
    if not all(re.fullmatch(TAG, tag) for tag in tags):
        message = f"A tag has 1 to {TAG_MAX_LENGTH} letters a to z, digits, dots, - and _, such as team-web."
        raise LabelError(message, code="tag")
    if len(tags) > MAX_TAGS:
        raise LabelError(f"These are too many: {len(tags)} of at most {MAX_TAGS} tags.", code="length")
    return sorted({tag.lower() for tag in tags})


def split_tags(typed: str) -> list[str]:
    """Tags as somebody types them into one field: between commas or spaces, with or without a # before each."""
    return [tag.removeprefix("#") for tag in re.split(r"[,;\s]+", typed) if tag]


def clean_impact(text: Any) -> str:
    """How much depends on it."""
    if text not in list(Impact):
        raise LabelError(f"The impact is one of {', '.join(Impact)}.", code="invalid")
    return str(text)


def is_one_visible_line(typed: str, clean: str) -> bool:
    """Whether a text is seen as it is, given what was typed and how it would be stored."""
    # Line ends have become spaces in what is clean, so they are looked for in what was typed.
    return not (any(map(_is_invisible, clean)) or any(map(_is_control, typed.strip())))


@dataclass(frozen=True, slots=True, kw_only=True)
class TechAttributes:
    """What is said of a technology besides its text, clean. None: nothing, so that the list keeps what it has."""

    impact: str | None = None
    extended_support: bool | None = None
    owner: str | None = None
    tags: tuple[str, ...] | None = None

    @classmethod
    def of(cls, *, impact: Any = None, extended_support: Any = None, owner: Any = None, tags: Any = None) -> Self:
        """What a file says of one technology, where empty is not said. Raises LabelError with the field's name."""
        if extended_support not in (None, "", True, False):
            raise LabelError("Extended support: Must be yes or no.", code="invalid")
        return cls(
            impact=_said("impact", clean_impact, impact),
            extended_support=None if extended_support == "" else extended_support,
            owner=_said("owner", clean_owner, owner),
            tags=_said("tags", lambda tags: tuple(clean_tags(tags)), tags),
        )

    def over(self, general: "TechAttributes") -> "TechAttributes":
        """With what is said of many at once: of the same thing this wins, but tags add up."""
        return TechAttributes(
            impact=general.impact if self.impact is None else self.impact,
            extended_support=general.extended_support if self.extended_support is None else self.extended_support,
            owner=general.owner if self.owner is None else self.owner,
            tags=tuple(sorted({*(self.tags or ()), *(general.tags or ())})) or None,
        )

    @property
    def words(self) -> str:
        """As people read it, such as "owner Payments, tags pay and shop"; "" for nothing."""
        said = {
            "owner": None if self.owner is None else self.owner or "nobody",
            "tags": " and ".join(self.tags or ()) or None,
            "impact": self.impact,
            "extended support": None if self.extended_support is None else "yes" if self.extended_support else "no",
        }
        return ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)

    @classmethod
    def kept(cls, options: Mapping[str, Any]) -> Self:
        """What a submission or an import keeps, and so clean. What is left out is not said."""
        tags = options.get("tags")
        return cls(**{**options, "tags": None if tags is None else tuple(tags)})

    @property
    def options(self) -> dict[str, Any]:
        """As a submission keeps it."""
        return {
            "impact": self.impact,
            "extended_support": self.extended_support,
            "owner": self.owner,
            "tags": None if self.tags is None else list(self.tags),
        }


NO_ATTRIBUTES = TechAttributes()
OPTIONS = tuple(field.name for field in fields(TechAttributes))


def _said(field: str, rule: Any, value: Any) -> Any:
    if value in (None, "", []):
        return None
    try:
        return rule(value)
    except LabelError as error:
        raise LabelError(f"{field.capitalize()}: {error}", code=error.code) from error


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc" and char != "\t"


def _is_invisible(char: str) -> bool:
    """Format signs, which make two names look like one, and what no database stores or no font shows."""
    return unicodedata.category(char) in {"Cf", "Cs", "Co", "Cn"}
