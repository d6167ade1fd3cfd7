"""What may be typed and said: the one input rule, and the columns that keep names apart."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from techs.rules import attributes, matching, priority
from techs.rules.attributes import OPTIONS, OWNER_MAX_LENGTH, LabelError, is_one_visible_line

Clean = TypeVar("Clean")

NAME_MAX_LENGTH = matching.MAX_TEXT
NOTE_MAX_LENGTH = 2000
# Case folding can make a text three times as long ("ΐ" becomes three characters).
NAME_KEY_MAX_LENGTH = 3 * NAME_MAX_LENGTH
OWNER_KEY_MAX_LENGTH = 3 * OWNER_MAX_LENGTH


def clean_name(text: str) -> str:
    """The one input rule: text as somebody typed it -> the name that is stored and shown, 1 to 200 characters.

    Raises ValidationError with a sentence for the person who typed it.
    """
    name = matching.normalise(text)
    if not name:
        raise ValidationError("Type the name of a technology, such as Django 3.2.", code="blank")
    if not is_one_visible_line(text, name):
        message = "This has control characters or invisible ones in it. Type one technology on one line."
        raise ValidationError(message, code="control")
    if len(name) > NAME_MAX_LENGTH:
        raise ValidationError(f"This is too long: {len(name)} of at most {NAME_MAX_LENGTH} characters.", code="length")
    return name


def clean_owner(text: str) -> str:
    """Who looks after it, as somebody typed it -> as it is stored and shown, up to 100 characters; "" for nobody.

    Raises ValidationError with a sentence for the person who typed it.
    """
    return _clean(attributes.clean_owner, text)


def clean_tags(tags: Any) -> list[str]:
    """Tags as somebody typed them -> in small letters, each once, in order. Raises ValidationError with a sentence."""
    return _clean(attributes.clean_tags, tags)


def read_tags(typed: str) -> list[str]:
    """Tags as somebody types them into one field, between commas or spaces, with or without a # -> as clean_tags().

    Raises ValidationError with a sentence.
    """
    return clean_tags(attributes.split_tags(typed))


def _clean(rule: Callable[[Any], Clean], said: Any) -> Clean:
    try:
        return rule(said)
    except LabelError as error:
        raise ValidationError(str(error), code=error.code) from error


def check_level_override(level: str, *, review_on: date | None, note: str) -> None:
    """A level set by hand needs a reason, and a day on which somebody looks again. "" is no such level.

    Raises ValidationError with the field's name.
    """
    if level and (review_on is None or review_on <= datetime.now(UTC).date()):
        raise ValidationError({"override_review_on": "Name a day in the future on which to look again."})
    if level and not note:
        raise ValidationError({"note": "Say why the level is set by hand."})


class BinaryCharField(models.CharField):  # type: ignore[type-arg]  # Django's own is not subscriptable
    """Text that the database compares byte by byte, so that only our own rule says which names are equal.

    MySQL would otherwise take "Résumé" and "resume" for the same key; SQLite compares bytes by itself.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """The column's parameters, with the binary collation where the database needs to be told."""
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters


LEVELS = [(level.value, level.value) for level in priority.Level]
IMPACTS = [(impact.value, impact.value) for impact in priority.Impact]

OVERRIDE_FIELDS = ("level_override", "override_review_on")
# What the team may change of a technology, its text aside.
EDITABLE = (*OPTIONS, "note", "unversioned", *OVERRIDE_FIELDS)


def with_coupled_fields(changed: Iterable[str]) -> set[str]:
    """The fields to save when these were changed: a level set by hand and its day of review are one thing."""
    return {*changed, *OVERRIDE_FIELDS} if not {*OVERRIDE_FIELDS}.isdisjoint(changed) else {*changed}
