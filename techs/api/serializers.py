"""The one input rule and the one output shape of the API."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from techs.inventory.serializers import TechOutput
from techs.models import IMPACTS, LEVELS, Submission, Tech
from techs.rules.attributes import (
    MAX_TAGS,
    NAME_MAX_LENGTH,
    NOTE_MAX_LENGTH,
    OWNER_MAX_LENGTH,
    TAG,
    InvalidAttribute,
    check_level_override,
    clean_name,
    clean_owner,
    clean_tags,
)

Clean = TypeVar("Clean")

# Fields that the API has always called differently.
_API_NAMES = {"override_review_on": "hand_review_on"}

# Unknown fields that a refusal names, and how many characters of each: a body may hold thousands.
_MOST_UNKNOWN, _LONGEST_UNKNOWN = 100, 100

# How the API's description puts them.
OWNER = {"type": "string", "maxLength": OWNER_MAX_LENGTH, "format": "technology", "example": "Team Web"}
TAGS = {
    "type": "array",
    "maxItems": MAX_TAGS,
    "items": {"type": "string", "pattern": f"^{TAG}$"},
    "example": ["team-web"],
}


class StrictBooleanField(serializers.BooleanField):
    """true or false: "yes", "1" or 0 are more often mistakes than answers."""

    default_error_messages = {"invalid": "Must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        """Refuse everything but a boolean."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class WordField(serializers.ChoiceField):
    """One of a few words. A refusal names these, not what was sent: that may be long, or no Unicode."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        """As for ChoiceField."""
        super().__init__(choices, **kwargs)
        self.error_messages["invalid_choice"] = f"Choose one of: {', '.join(self.choices)}."


@extend_schema_field({"type": "string", "maxLength": NOTE_MAX_LENGTH, "pattern": r"^[^\x00]*$"})
class NoteField(serializers.CharField):
    """A text: a number is more often a mistake than a note."""

    default_error_messages = {"invalid": "Must be a text."}

    def to_internal_value(self, data: Any) -> str:
        """Refuse everything but a text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


@extend_schema_field(
    # The rule in words is in the descriptions: which characters count as invisible is no matter of a pattern.
    {"type": "string", "minLength": 1, "maxLength": NAME_MAX_LENGTH, "format": "technology", "example": "Django 3.2"}
)
class NameField(serializers.CharField):
    """A technology as somebody types it; cleaned by rules.attributes.clean_name."""

    default_error_messages = {
        "invalid": "Must be a text.",
        "required": "Type the name of a technology, such as Django 3.2.",
        "null": "Type the name of a technology, such as Django 3.2.",
    }

    def run_validation(self, data: Any = serializers.empty) -> str:
        """The cleaned name. Raises a 400 with the reason."""
        is_empty, data = self.validate_empty_values(data)
        if is_empty:
            return str(data)
        if not isinstance(data, str):
            self.fail("invalid")
        return _clean(clean_name, data)


@extend_schema_field(OWNER)
class OwnerField(serializers.Field[str, Any, str, Any]):
    """Who looks after it, "" for nobody; cleaned by rules.attributes.clean_owner."""

    def to_internal_value(self, data: Any) -> str:
        """The cleaned owner. Raises a 400 with the reason."""
        return _clean(clean_owner, data)

    def to_representation(self, value: str) -> str:
        """The owner as it is stored."""
        return value


@extend_schema_field(TAGS)
class TagsField(serializers.Field[list[str], Any, list[str], Any]):
    """Short names to find it by; cleaned by rules.attributes.clean_tags."""

    def to_internal_value(self, data: Any) -> list[str]:
        """The cleaned tags. Raises a 400 with the reason."""
        return _clean(clean_tags, data)

    def to_representation(self, value: list[str]) -> list[str]:
        """The tags as they are stored."""
        return value


def _clean(rule: Callable[[Any], Clean], data: Any) -> Clean:
    try:
        return rule(data)
    except InvalidAttribute as error:
        raise serializers.ValidationError([str(error)], code=error.code) from error


class KnownFieldsOnly(serializers.Serializer[Any]):
    """Refuses fields that it does not know: one that is misspelt would be lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        """The values by field. Raises a 400 that names all that is wrong, unknown fields among it."""
        unknown = unknown_fields(data, known=self.fields) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError(unknown | cast("dict[str, Any]", error.detail)) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return value


def unknown_fields(names: Iterable[Any], *, known: Iterable[str]) -> dict[str, list[str]]:
    """What to tell of each name that is not known."""
    known = list(known)
    problem = f"Unknown field. Known fields: {', '.join(known)}."
    unknown = (str(name) for name in names if name not in known)
    return {_shown(name): [problem] for name in islice(unknown, _MOST_UNKNOWN)}


def _shown(name: str) -> str:
    """A name as an answer can hold it: JSON knows halves of characters, which no text can hold."""
    return name.encode(errors="backslashreplace").decode()[:_LONGEST_UNKNOWN]


class OptionsInput(serializers.Serializer[Any]):
    """What may be said besides the text. Options that are left out keep what the list has."""

    impact = WordField(choices=IMPACTS, required=False)
    extended_support = StrictBooleanField(required=False)
    owner = OwnerField(required=False)
    tags = TagsField(required=False)


class OriginalInput(OptionsInput):
    """What the original system's POST may say. What it does not know is ignored, as it always was."""

    text = NameField(
        help_text="A technology, with its version if you know it. One line of 1 to 200 characters in Unicode's "
        "form NFKC with a letter or digit, none of them invisible."
    )

    def get_initial(self) -> dict[str, Any]:
        """What a form in a browser begins with: what is left out keeps what the list has, what is null is refused."""
        return {"text": ""}


class SubmissionInput(KnownFieldsOnly, OriginalInput):
    """What a POST may say. Options that are left out keep what the list has."""


class TechEdit(KnownFieldsOnly):
    """What a PATCH may change. A level set by hand needs a note that says why, and a day on which to look again."""

    text = NameField(required=False, help_text="A correction of what was typed.")
    impact = WordField(choices=IMPACTS, required=False)
    extended_support = StrictBooleanField(required=False)
    note = NoteField(required=False, allow_blank=True, max_length=NOTE_MAX_LENGTH)
    owner = OwnerField(required=False)
    tags = TagsField(required=False)
    evergreen = StrictBooleanField(source="unversioned", required=False)
    hand_priority = WordField(source="level_override", choices=LEVELS, required=False, allow_null=True)
    hand_review_on = serializers.DateField(source="override_review_on", required=False, allow_null=True)

    def to_representation(self, instance: Tech) -> dict[str, Any]:
        """What a form in a browser begins with."""
        return super().to_representation(instance) | {"hand_priority": instance.level_override or None}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the level set by hand against the row as it will be."""
        if "level_override" not in attrs and "override_review_on" not in attrs:
            return attrs
        tech = cast("Tech", self.instance)
        if "level_override" not in attrs and not tech.level_override:
            raise serializers.ValidationError({"hand_priority": ["Name the level, too."]})
        level = attrs["level_override"] = attrs.get("level_override", tech.level_override) or ""
        review_on = attrs.get("override_review_on", tech.override_review_on) if level else None
        attrs["override_review_on"] = review_on
        note, today = attrs.get("note", tech.note), datetime.now(UTC).date()
        try:
            check_level_override(level, review_on=review_on, note=note, today=today)
        except InvalidAttribute as error:
            field = _API_NAMES.get(error.field, error.field)
            raise serializers.ValidationError({field: [str(error)]}) from error
        return attrs


class SubmissionOutput(serializers.ModelSerializer[Submission]):
    """Where a submission stands."""

    id = serializers.UUIDField(source="uuid")
    state = serializers.ChoiceField(source="public_state", choices=["queued", "done", "failed"])
    tech = TechOutput(allow_null=True)

    class Meta:
        model = Submission
        fields = ["id", "state", "attempts", "error", "tech"]
        read_only_fields = fields


@extend_schema_field(
    {
        "type": "array",
        "minItems": 1,
        "items": {"type": "string", "pattern": r"^[^\r\n]*$"},
        "example": ["Django 3.2", "Redis 7.0"],
    }
)
class LinesField(serializers.Field[list[str], Any, list[str], Any]):
    """Lines as somebody types them. What is wrong is told with the number of its line."""

    default_error_messages = {
        "invalid": "Must be a list of texts.",
        "empty": "Send one line at least.",
        "line": "Line {number}: must be a text of one line, in Unicode.",
    }

    def to_internal_value(self, data: Any) -> list[str]:
        """The lines."""
        if not isinstance(data, list):
            self.fail("invalid")
        if not data:
            self.fail("empty")
        wrong = next((number for number, line in enumerate(data, start=1) if not _is_line(line)), None)
        if wrong:
            self.fail("line", number=wrong)
        return data


def _is_line(value: Any) -> bool:
    # Surrogates are halves of characters, which JSON can name and no text can hold.
    return isinstance(value, str) and not re.search(r"[\r\n\ud800-\udfff]", value)


class ImportInput(KnownFieldsOnly, OptionsInput):
    """What a POST of JSON may say. The options are said of every line, and tags add to those that are there."""

    lines = LinesField(help_text="One technology each, or the lines of a file such as requirements.txt.")

    def get_initial(self) -> dict[str, Any]:
        """What a form in a browser begins with."""
        return {"lines": [""]}


class ImportRowOutput(serializers.Serializer[Any]):
    """A line that did not get onto the list."""

    line = serializers.IntegerField()
    text = serializers.CharField()
    error = serializers.CharField()


class ImportOutput(serializers.Serializer[Any]):
    """Where an import stands, as techs.imports.service.standing() says. done and failed add up to total in the end."""

    id = serializers.UUIDField()
    name = serializers.CharField(help_text="Of the file, if it was one.")
    format = serializers.CharField()
    state = serializers.ChoiceField(choices=["queued", "done"])
    total = serializers.IntegerField()
    done = serializers.IntegerField(help_text="On the list.")
    unchanged = serializers.IntegerField(help_text="On the list before, just like this.")
    failed = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="Lines that give no technology.")
    errors = ImportRowOutput(many=True, help_text="What failed, the first 1,000.")  # type: ignore[assignment]
    skipped_lines = ImportRowOutput(many=True, help_text="What was skipped and why, the first 1,000.")
    impact = serializers.ChoiceField(choices=IMPACTS, allow_null=True, help_text="Said of all lines, as what follows.")
    extended_support = serializers.BooleanField(allow_null=True)
    owner = serializers.CharField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(), allow_null=True)
