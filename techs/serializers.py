"""The one input rule and the one output shape of the API."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from techs.models import IMPACTS, LEVELS, Submission, Tech, clean_name


class StrictBooleanField(serializers.BooleanField):
    """true or false: "yes", "1" or 0 are more often mistakes than answers."""

    default_error_messages = {"invalid": "Must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        """Refuse everything but a boolean."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class NameField(serializers.CharField):
    """A technology as somebody types it; cleaned by techs.models.clean_name."""

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
        try:
            return clean_name(data)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error


class SubmissionInput(serializers.Serializer[Any]):
    """What a POST may say. Options that are left out keep what the list has."""

    text = NameField(help_text="A technology, with its version if you know it, such as Django 3.2.")
    impact = serializers.ChoiceField(choices=IMPACTS, required=False)
    extended_support = StrictBooleanField(required=False)


class TechEdit(serializers.Serializer[Any]):
    """What a PATCH may change."""

    impact = serializers.ChoiceField(choices=IMPACTS, required=False)
    extended_support = StrictBooleanField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class ReasonOutput(serializers.Serializer[Any]):
    """Why a technology has its level."""

    code = serializers.CharField()
    text = serializers.CharField()
    source = serializers.URLField(allow_null=True)  # type: ignore[assignment]  # Field.source is an attribute too
    facts_as_of = serializers.DateField(allow_null=True)


class TechOutput(serializers.ModelSerializer[Tech]):
    """A technology as every endpoint shows it."""

    text = serializers.SerializerMethodField(help_text="Name and level, as the original system wrote them.")
    priority = serializers.ChoiceField(source="level", choices=LEVELS)
    action = serializers.CharField()
    reasons = ReasonOutput(many=True)
    product = serializers.SerializerMethodField()
    release = serializers.SerializerMethodField()

    class Meta:
        model = Tech
        fields = [
            "id",
            "text",
            "name",
            "priority",
            "score",
            "action",
            "reasons",
            "product",
            "release",
            "end_of_life",
            "impact",
            "extended_support",
            "note",
            "submitted_at",
            "assessed_at",
        ]
        read_only_fields = fields

    def get_text(self, tech: Tech) -> str:
        """The original system's form."""
        return f"{tech.name} - priority ({tech.level})"

    def get_product(self, tech: Tech) -> str | None:
        """The product's slug, null where nothing matched."""
        return tech.product or None

    def get_release(self, tech: Tech) -> str | None:
        """The release line's name, null where none matched."""
        return tech.release or None


class BriefTechOutput(TechOutput):
    """A technology in the whole list at once: what the original client shows, and no more."""

    class Meta(TechOutput.Meta):
        fields = ["id", "text", "name", "priority", "score", "action", "submitted_at"]


class SubmissionOutput(serializers.ModelSerializer[Submission]):
    """Where a submission stands."""

    id = serializers.UUIDField(source="uuid")
    state = serializers.ChoiceField(source="public_state", choices=["queued", "done", "failed"])
    tech = TechOutput(allow_null=True)

    class Meta:
        model = Submission
        fields = ["id", "state", "attempts", "error", "tech"]
        read_only_fields = fields
