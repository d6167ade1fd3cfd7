"""Inputs of the API of services, and outputs that describe it."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from techs.api.serializers import (
    ImportRowOutput,
    KnownFieldsOnly,
    NoteField,
    OptionField,
    OwnerField,
    StrictBooleanField,
    TagsField,
)
from techs.models import IMPACTS, LEVELS, ChangeKind
from techs.rules import services as rules
from techs.rules.attributes import InvalidAttribute

_LEVEL = serializers.ChoiceField(choices=LEVELS)
_ACCEPTED_UNTIL = "Until when the team accepts the risk."
_IMPACT = serializers.ChoiceField(choices=IMPACTS, allow_null=True, help_text="Null if nobody has set it.")


class RuleField(serializers.Field[str, Any, str, Any]):
    """A text that a function of techs.rules cleans."""

    rule: Callable[[Any], str]

    def to_internal_value(self, data: Any) -> str:
        try:
            return type(self).rule(data)
        except InvalidAttribute as error:
            raise serializers.ValidationError([str(error)], code=error.code) from error

    def to_representation(self, value: str) -> str:
        return value


@extend_schema_field(
    {
        "type": "string",
        "minLength": 1,
        "maxLength": rules.SERVICE_NAME_MAX_LENGTH,
        "format": "service",
        "example": "Shop",
    }
)
class ServiceNameField(RuleField):
    """The name of a service."""

    rule = staticmethod(rules.clean_service_name)


@extend_schema_field({"type": "string", "maxLength": rules.REPOSITORY_MAX_LENGTH, "format": "repository"})
class RepositoryField(RuleField):
    """The address of a repository, or ""."""

    rule = staticmethod(rules.clean_repository)


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": rules.ORIGIN_MAX_LENGTH, "format": "service"})
class OriginField(RuleField):
    """Where uploads come from."""

    rule = staticmethod(rules.clean_origin)


@extend_schema_field({"type": "array", "items": {"type": "string"}, "example": ["Dockerfile", "backend/uv.lock"]})
class SourcesField(serializers.Field[list[str], Any, list[str], Any]):
    """Names of sources. Unknown ones do not matter."""

    default_error_messages = {"invalid": "Must be a list of strings."}

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not all(isinstance(name, str) for name in data):
            self.fail("invalid")
        return data


class ServiceFields(KnownFieldsOnly):
    """The fields of a service that people set."""

    owner = OwnerField(required=False)
    impact = OptionField(choices=IMPACTS, required=False, allow_null=True)
    tags = TagsField(required=False)
    repository = RepositoryField(required=False, help_text="The address of its repository.")
    note = NoteField(required=False)

    def validate_impact(self, value: str | None) -> str:
        return value or ""


class ServiceInput(ServiceFields):
    """A service to create."""

    name = ServiceNameField(help_text="A service of this name, in any case, is returned as it is.")


class ServiceEdit(ServiceFields):
    """Changes to a service."""

    name = ServiceNameField(required=False, help_text="The slug stays the same.")
    archived = StrictBooleanField(
        required=False, help_text="An archived service accepts no uploads, and its technologies do not count."
    )


class CompleteInput(KnownFieldsOnly):
    """The sources that an origin still has."""

    origin = OriginField(help_text="As in the uploads, such as push:.")
    sources = SourcesField(help_text="The names of the sources whose files still exist.")


class WorstOutput(serializers.Serializer[Any]):
    """The worst technology."""

    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    priority = _LEVEL


class WorstOfServiceOutput(WorstOutput):
    """The worst technology of a service."""

    accepted_until = serializers.DateField(allow_null=True, help_text=_ACCEPTED_UNTIL)


class ServiceOutput(serializers.Serializer[Any]):
    """A service in the list of services."""

    slug = serializers.CharField()
    name = serializers.CharField()
    owner = serializers.CharField()
    impact = _IMPACT
    tags = serializers.ListField(child=serializers.CharField())
    levels = serializers.DictField(child=serializers.IntegerField(), help_text="Technologies by level.")
    accepted = serializers.IntegerField(help_text="Those of the level low whose risk the team accepts.")
    worst = WorstOfServiceOutput(allow_null=True)
    technologies = serializers.IntegerField(help_text="Without libraries.")
    libraries = serializers.IntegerField()
    uploaded_at = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField(help_text="A source was not uploaded for TECHLIST_STALE_DAYS days.")
    archived = StrictBooleanField()


class UseOutput(serializers.Serializer[Any]):
    """A source that shows a technology."""

    source = serializers.CharField()  # type: ignore[assignment]  # Field.source is an attribute too
    versions = serializers.ListField(child=serializers.CharField())
    line = serializers.IntegerField(allow_null=True, help_text="Of the file, null if it is unknown.")
    since = serializers.DateTimeField()


class ServiceTechOutput(serializers.Serializer[Any]):
    """A technology of a service."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    priority = _LEVEL
    score = serializers.IntegerField()
    end_of_life = serializers.DateField(allow_null=True)
    accepted_until = serializers.DateField(allow_null=True, help_text=_ACCEPTED_UNTIL)
    uses = UseOutput(many=True)


class SourceOutput(serializers.Serializer[Any]):
    """A source of a service."""

    name = serializers.CharField()
    origin = serializers.CharField()
    format = serializers.CharField()
    ref = serializers.CharField()
    technologies = serializers.IntegerField()
    uploaded_at = serializers.DateTimeField(help_text="The last upload, changed or not, to the day.")
    stale = serializers.BooleanField()
    upload = serializers.IntegerField(allow_null=True, help_text="The newest accepted upload.")


class ServiceChangeOutput(serializers.Serializer[Any]):
    """A technology that entered or left a source, or changed its version."""

    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    tech = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    product = serializers.CharField(allow_null=True, help_text="Product slug, null if none matched.")
    source = serializers.CharField()  # type: ignore[assignment]
    upload = serializers.IntegerField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        versions = serializers.ListField(child=serializers.CharField())
        return {**super().get_fields(), "from": versions, "to": serializers.ListField(child=serializers.CharField())}


class ServiceDetailOutput(ServiceOutput):
    """A service with all it uses."""

    repository = serializers.CharField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    purge_at = serializers.DateTimeField(allow_null=True, help_text="When it is deleted for good.")
    pending = serializers.BooleanField(help_text="A change has yet to reach all of its technologies.")
    techs = ServiceTechOutput(many=True)
    sources = SourceOutput(many=True)
    changes = ServiceChangeOutput(many=True, help_text="The newest 50.")


class ChangedTechOutput(serializers.Serializer[Any]):
    """A technology that an upload adds or removes."""

    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    version = serializers.CharField(allow_null=True)
    priority = serializers.ChoiceField(choices=LEVELS, allow_null=True)


class MoveOutput(serializers.Serializer[Any]):
    """A version that another one replaced."""

    name = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.CharField(), "to": serializers.CharField()}


class DryRunOutput(serializers.Serializer[Any]):
    """The changes that an upload would make."""

    format = serializers.CharField()
    total = serializers.IntegerField()
    skipped = serializers.IntegerField()
    added = ChangedTechOutput(many=True)
    removed = ChangedTechOutput(many=True)
    changed = MoveOutput(many=True, help_text="Where one version left and one entered.")
    unchanged = serializers.IntegerField()
    worst = WorstOutput(allow_null=True)
    needs_confirmation = serializers.BooleanField()


class UploadOutput(serializers.Serializer[Any]):
    """The state of an upload and, once it is done, its changes."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["queued", "done", "failed", "superseded"])
    service = serializers.CharField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    format = serializers.CharField()
    ref = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    total = serializers.IntegerField(help_text="Technologies in the file.")
    skipped = serializers.IntegerField(help_text="Lines without a technology.")
    skipped_lines = ImportRowOutput(many=True, help_text="The first 1,000 skipped lines, with reasons.")
    error = serializers.CharField(help_text="Why it failed.")
    errors = ImportRowOutput(many=True, help_text="Technologies that could not be stored.")  # type: ignore[assignment]
    added = ChangedTechOutput(many=True)
    removed = ChangedTechOutput(many=True)
    changed = MoveOutput(many=True, help_text="Where one version left and one entered.")
    unchanged = serializers.IntegerField()
    worst = WorstOutput(allow_null=True, help_text="The worst technology of the source.")


class AcceptedUploadOutput(serializers.Serializer[Any]):
    """An accepted upload."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["queued", "done", "failed", "superseded"])
    url = serializers.URLField()


class ResolvedMoveOutput(serializers.Serializer[Any]):
    """A service that no longer uses a technology, with its versions before and after. Changed by hand: no service."""

    service = serializers.CharField()
    slug = serializers.CharField()
    by = serializers.CharField(required=False, help_text="The user, if somebody changed the version by hand.")

    def get_fields(self) -> dict[str, Any]:
        return {
            **super().get_fields(),
            "from": serializers.ListField(child=serializers.CharField()),
            "to": serializers.ListField(child=serializers.CharField()),
        }


class ResolvedOutput(serializers.Serializer[Any]):
    """A technology that left the list."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    product = serializers.CharField(allow_null=True)
    priority = _LEVEL
    accepted_until = serializers.DateField(allow_null=True, help_text="If the team had accepted its risk, until when.")
    at = serializers.DateTimeField()
    moves = ResolvedMoveOutput(many=True)
    upload = serializers.IntegerField(allow_null=True)
    returned_at = serializers.DateTimeField(allow_null=True)
    owner = serializers.CharField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField(allow_null=True)
    impact = _IMPACT


class LifecyclesOutput(serializers.Serializer[Any]):
    """Lifecycle data in the format of endoflife.date's API v1."""

    schema_version = serializers.CharField()
    generated_at = serializers.DateTimeField(help_text="The date of the data.")
    total = serializers.IntegerField()
    result = serializers.ListField(child=serializers.DictField(), help_text="Products with their releases.")
