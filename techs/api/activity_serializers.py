"""Output serializers of the activity."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from techs.inventory.activity_reads import Entry, Existing
from techs.models import ActionKind, ActorKind, Change, ObjectKind


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {}, "minItems": 2, "maxItems": 2},
        "example": {"owner": ["Shop", "Payments"]},
    }
)
class ChangedFields(serializers.JSONField):
    """Values before and after, by field."""


class ChangeOutput(serializers.Serializer[Change]):
    """A changed object. Its context has the request and the objects that still exist (existing)."""

    object = serializers.ChoiceField(choices=ObjectKind.choices)
    id = serializers.IntegerField(source="object_id")
    name = serializers.CharField()
    url = serializers.SerializerMethodField(help_text="Null if it has no address, or no longer exists.")
    service = serializers.SerializerMethodField(help_text="The slug of the service that the change concerns.")
    fields = ChangedFields(help_text="Values before and after, by field.")  # type: ignore[assignment]  # also a property

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_url(self, change: Change) -> str | None:
        slug = self.get_service(change)
        if change.object == ObjectKind.TECHNOLOGY and change.object_id in self._existing.techs:
            return reverse("techs:detail", args=[change.object_id], request=self.context["request"])
        if change.object == ObjectKind.SERVICE and slug:
            return reverse("techs:service", args=[slug], request=self.context["request"])
        return None

    def get_service(self, change: Change) -> str | None:
        service = self._existing.services.get(change.service_id or 0)
        return service.slug if service else None

    @property
    def _existing(self) -> Existing:
        found: Existing = self.context["existing"]
        return found


class ActionOutput(serializers.Serializer[Any]):
    """An action, with the first of its changes."""

    id = serializers.IntegerField(source="action.pk")
    url = serializers.SerializerMethodField(help_text="The action with all of its changes, in pages.")
    at = serializers.DateTimeField(source="action.at")
    actor = serializers.SerializerMethodField(help_text="A user, or else anonymous, worker or command.")
    actor_kind = serializers.ChoiceField(
        source="action.actor_kind",
        choices=ActorKind.choices,
        allow_blank=True,
        help_text="Empty if an older version recorded the action.",
    )
    via = serializers.CharField(source="action.via", help_text="The name of the token or command, if there is one.")
    request_id = serializers.CharField(source="action.request_id", help_text="The X-Request-ID of the request.")
    kind = serializers.ChoiceField(source="action.kind", choices=ActionKind.choices)
    count = serializers.IntegerField(source="action.count", help_text="The number of all changed objects.")
    undone_at = serializers.DateTimeField(source="action.undone_at", allow_null=True)
    changes = ChangeOutput(many=True)

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, entry: Entry) -> str:
        return reverse("techs:action", args=[entry.action.pk], request=self.context["request"])

    def get_actor(self, entry: Entry) -> str:
        return entry.action.actor or entry.action.actor_kind


class ActionDetailOutput(ActionOutput):
    """An action, with one page of its changes."""

    next = serializers.SerializerMethodField(help_text="The next page of changes.")

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_next(self, entry: Entry) -> Any:
        return self.context["next"]
