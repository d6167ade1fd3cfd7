"""Input serializers of the API, and output serializers that only the API uses."""

import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, TypeVar, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from techs.inventory.serializers import TechOutput
from techs.models import IMPACTS, KINDS, LEVELS, Submission, Tech
from techs.rules.attributes import (
    MAX_TAGS,
    NAME_MAX_LENGTH,
    NOTE_MAX_LENGTH,
    OVERRIDE_FIELDS,
    OWNER_MAX_LENGTH,
    TAG,
    InvalidAttribute,
    check_level_override,
    clean_name,
    clean_note,
    clean_owner,
    clean_tags,
)

Clean = TypeVar("Clean")

# Public names of fields whose Python names differ.
_API_NAMES = {"override_review_on": "hand_review_on"}

# Unknown fields that an error lists, and characters of each, since a body may contain thousands.
_MOST_UNKNOWN, _LONGEST_UNKNOWN = 100, 100

# Owner, tags and note in the OpenAPI description.
OWNER = {"type": "string", "maxLength": OWNER_MAX_LENGTH, "format": "technology", "example": "Team Web"}
TAGS = {
    "type": "array",
    "maxItems": MAX_TAGS,
    "items": {"type": "string", "pattern": f"^{TAG}$"},
    "example": ["team-web"],
}
NOTE = {"type": "string", "maxLength": NOTE_MAX_LENGTH, "pattern": r"^[^\x00]*$"}


class StrictBooleanField(serializers.BooleanField):
    """Accepts only true and false, because "yes", "1" or 0 are usually mistakes."""

    default_error_messages = {"invalid": "Must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class OptionField(serializers.ChoiceField):
    """A choice field whose error lists the options. It omits the input, which may be long or invalid Unicode."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        self.error_messages["invalid_choice"] = f"Choose one of: {', '.join(self.choices)}."


@extend_schema_field(
    # The help text states the full rule, since no pattern can express which characters are invisible.
    {"type": "string", "minLength": 1, "maxLength": NAME_MAX_LENGTH, "format": "technology", "example": "Django 3.2"}
)
class NameField(serializers.CharField):
    """A technology as typed, cleaned by clean_name()."""

    default_error_messages = {
        "invalid": "Must be a string.",
        "required": "Enter a technology, such as Django 3.2.",
        "null": "Enter a technology, such as Django 3.2.",
    }

    def run_validation(self, data: Any = serializers.empty) -> str:
        is_empty, data = self.validate_empty_values(data)
        if is_empty:
            return str(data)
        if not isinstance(data, str):
            self.fail("invalid")
        return _clean(clean_name, data)


@extend_schema_field(OWNER)
class OwnerField(serializers.Field[str, Any, str, Any]):
    """The owner of a technology, or "" for none, cleaned by clean_owner()."""

    def to_internal_value(self, data: Any) -> str:
        return _clean(clean_owner, data)

    def to_representation(self, value: str) -> str:
        return value


@extend_schema_field(TAGS)
class TagsField(serializers.Field[list[str], Any, list[str], Any]):
    """Tags, cleaned by clean_tags()."""

    def to_internal_value(self, data: Any) -> list[str]:
        return _clean(clean_tags, data)

    def to_representation(self, value: list[str]) -> list[str]:
        return value


@extend_schema_field(NOTE)
class NoteField(serializers.Field[str, Any, str, Any]):
    """A note, or "" for none, cleaned by clean_note()."""

    def to_internal_value(self, data: Any) -> str:
        return _clean(clean_note, data)

    def to_representation(self, value: str) -> str:
        return value


def _clean(rule: Callable[[Any], Clean], data: Any) -> Clean:
    try:
        return rule(data)
    except InvalidAttribute as error:
        raise serializers.ValidationError([str(error)], code=error.code) from error


class BodySerializer(serializers.Serializer[Any]):
    """Reads the fields of a body.

    REST framework copies all fields for each request. This leaves out optional ones that the body lacks.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        body = getattr(self, "initial_data", None)
        if not isinstance(body, Mapping):
            return super().get_fields()
        declared = self._declared_fields
        return {name: deepcopy(field) for name, field in declared.items() if field.required or name in body}


class KnownFieldsOnly(BodySerializer):
    """Rejects unknown fields, because ignoring a misspelt one would lose data."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the values by field. One error reports unknown and invalid fields together."""
        unknown = unknown_fields(data, known=self._declared_fields) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError(unknown | cast("dict[str, Any]", error.detail)) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return value


def unknown_fields(names: Iterable[Any], *, known: Iterable[str]) -> dict[str, list[str]]:
    """Map each unknown name to its error messages."""
    known = list(known)
    problem = f"Unknown field. Known fields: {', '.join(known)}."
    unknown = (str(name) for name in names if name not in known)
    return {_printable(name): [problem] for name in islice(unknown, _MOST_UNKNOWN)}


# JSON strings can contain lone surrogates, which no response can encode.
def _printable(name: str) -> str:
    return name.encode(errors="backslashreplace").decode()[:_LONGEST_UNKNOWN]


class OptionsInput(BodySerializer):
    """Options in addition to the text. An omitted option leaves the current value unchanged."""

    impact = OptionField(choices=IMPACTS, required=False)
    extended_support = StrictBooleanField(required=False)
    owner = OwnerField(required=False)
    tags = TagsField(required=False)
    note = NoteField(required=False)


class OriginalInput(OptionsInput):
    """The body of POST /create. As in the original system, unknown fields are ignored."""

    text = NameField(
        help_text="A technology, with its version if you know it. One line of 1 to 200 visible characters "
        "(after Unicode normalization NFKC), with at least one letter or digit."
    )

    def get_initial(self) -> dict[str, Any]:
        return {"text": ""}


class SubmissionInput(KnownFieldsOnly, OriginalInput):
    """A technology to add or update. An omitted option leaves the current value unchanged; null is not allowed."""


class TechEdit(KnownFieldsOnly):
    """Changes to a technology. A level override needs a note with the reason and a review date."""

    text = NameField(required=False, help_text="The corrected text.")
    impact = OptionField(choices=IMPACTS, required=False)
    extended_support = StrictBooleanField(required=False)
    note = NoteField(required=False)
    owner = OwnerField(required=False)
    tags = TagsField(required=False)
    evergreen = StrictBooleanField(source="unversioned", required=False)
    by_hand = StrictBooleanField(required=False, help_text="If false, it leaves the list with its last service.")
    hand_priority = OptionField(source="level_override", choices=LEVELS, required=False, allow_null=True)
    hand_review_on = serializers.DateField(source="override_review_on", required=False, allow_null=True)

    def to_representation(self, instance: Tech) -> dict[str, Any]:
        return super().to_representation(instance) | {"hand_priority": instance.level_override or None}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Validate the level override against the row after the edit."""
        tech, today = cast("Tech", self.instance), datetime.now(UTC).date()
        if attrs.keys().isdisjoint(OVERRIDE_FIELDS):
            if "note" in attrs and tech.has_active_override(today):
                _check_override(tech.level_override, tech.override_review_on, attrs["note"], today=today)
            return attrs
        if "level_override" not in attrs and not tech.level_override:
            raise serializers.ValidationError({"hand_priority": ["Set a level as well."]})
        level = attrs["level_override"] = attrs.get("level_override", tech.level_override) or ""
        review_on = attrs.get("override_review_on", tech.override_review_on) if level else None
        attrs["override_review_on"] = review_on
        _check_override(level, review_on, attrs.get("note", tech.note), today=today)
        return attrs


def _check_override(level: str, review_on: date | None, note: str, *, today: date) -> None:
    try:
        check_level_override(level, review_on=review_on, note=note, today=today)
    except InvalidAttribute as error:
        field = _API_NAMES.get(error.field, error.field)
        raise serializers.ValidationError({field: [str(error)]}) from error


class StateOutput(serializers.Serializer[Any]):
    """The state of the list."""

    state = serializers.CharField(help_text="An opaque text. Another one means that the list may have changed.")


class SubmissionOutput(serializers.ModelSerializer[Submission]):
    """The state of a submission."""

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
    """Lines as typed. Errors contain the number of the line."""

    default_error_messages = {
        "invalid": "Must be a list of strings.",
        "empty": "Send at least one line.",
        "line": "Line {number}: must be a single line of valid Unicode text.",
    }

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list):
            self.fail("invalid")
        if not data:
            self.fail("empty")
        wrong = next((number for number, line in enumerate(data, start=1) if not _is_line(line)), None)
        if wrong:
            self.fail("line", number=wrong)
        return data


def _is_line(value: Any) -> bool:
    # JSON strings can contain lone surrogates, which cannot be encoded.
    return isinstance(value, str) and not re.search(r"[\r\n\ud800-\udfff]", value)


class ImportInput(KnownFieldsOnly, OptionsInput):
    """Technologies to import. Options apply to every line. Tags are added to existing ones."""

    lines = LinesField(
        help_text="One technology per line, or the lines of a file such as requirements.txt.",
        error_messages={
            "required": "List the technologies here. To import a JSON file, send it as a form or as text/plain."
        },
    )

    def get_initial(self) -> dict[str, Any]:
        return {"lines": [""]}


class ImportRowOutput(serializers.Serializer[Any]):
    """A line that was skipped or failed."""

    line = serializers.IntegerField()
    text = serializers.CharField()
    error = serializers.CharField()


class KeptOwnerOutput(serializers.Serializer[Any]):
    """A technology that kept its owner."""

    line = serializers.IntegerField()
    text = serializers.CharField()
    owner = serializers.CharField(help_text="The owner on the list.")


class NewServiceOutput(serializers.Serializer[Any]):
    """A service that an import created."""

    slug = serializers.CharField()
    name = serializers.CharField()


class ImportOutput(serializers.Serializer[Any]):
    """The progress of an import. When it is done, done and failed add up to total."""

    id = serializers.UUIDField()
    name = serializers.CharField(help_text="Name of the file, if any.")
    format = serializers.CharField()
    state = serializers.ChoiceField(choices=["queued", "done"])
    total = serializers.IntegerField()
    done = serializers.IntegerField(help_text="On the list.")
    unchanged = serializers.IntegerField(help_text="Already on the list, with the same values.")
    failed = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="Lines without a technology.")
    errors = ImportRowOutput(many=True, help_text="The first 1,000 failed lines.")  # type: ignore[assignment]
    skipped_lines = ImportRowOutput(many=True, help_text="The first 1,000 skipped lines, with reasons.")
    kept_owners = KeptOwnerOutput(
        many=True, help_text="The first 1,000 technologies that have another owner, which the import did not replace."
    )
    new_services = NewServiceOutput(many=True, help_text="The first 1,000 services that the import created.")
    impact = serializers.ChoiceField(
        choices=IMPACTS, allow_null=True, help_text="Applied to all lines, like the following options."
    )
    extended_support = serializers.BooleanField(allow_null=True)
    owner = serializers.CharField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(), allow_null=True)
    note = serializers.CharField(allow_null=True)


class ForeseenLineOutput(serializers.Serializer[Any]):
    """A technology that an import would add or update."""

    line = serializers.IntegerField()
    text = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    product = serializers.CharField(allow_null=True)
    release = serializers.CharField(allow_null=True)
    priority = serializers.ChoiceField(choices=LEVELS)
    listed = serializers.BooleanField(help_text="On the list already, under this name.")
    services = serializers.ListField(child=serializers.CharField(), help_text="The services that the line names.")
    note = serializers.CharField(help_text="The attributes of the line, and how its services change.")


class ImportDryRunOutput(serializers.Serializer[Any]):
    """The result of a dry run of an import."""

    format = serializers.CharField()
    total = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="Lines without a technology.")
    skipped_lines = ImportRowOutput(many=True, help_text="The first 1,000 skipped lines, with reasons.")
    new_services = serializers.ListField(
        child=serializers.CharField(), help_text="Names of the first 1,000 services that it would create."
    )
    lines = ForeseenLineOutput(many=True, help_text="The first 1,000 technologies.")
