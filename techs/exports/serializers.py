"""Serializers for the rows of exports."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from techs.exports import formats
from techs.inventory.serializers import DateChangeOutput, LevelChangeOutput, TechOutput
from techs.models import Tech
from techs.rules.services import join_services

ServicesOf: TypeAlias = Mapping[int, Sequence[tuple[str, str]]]
"""Names and slugs of the services that use a technology, by its primary key."""


class FeedEntry(LevelChangeOutput):
    """A level change as a feed entry."""

    class Meta(LevelChangeOutput.Meta):
        fields = ["id", "tech", "name", *LevelChangeOutput.Meta.fields]
        read_only_fields = fields


class DateFeedEntry(DateChangeOutput):
    """A date change as a feed entry. title names the release cycle."""

    title = serializers.CharField(source="change.title")

    class Meta(DateChangeOutput.Meta):
        fields = ["id", "tech", "name", "title", *DateChangeOutput.Meta.fields]
        read_only_fields = fields


class ExportedTechOutput(TechOutput):
    """A technology as an export row. context["services"] is a ServicesOf."""

    reason = serializers.CharField(source="first_reason", help_text="The deciding reason.")
    services = serializers.SerializerMethodField(help_text="The services that use it.")  # type: ignore[assignment]

    class Meta(TechOutput.Meta):
        fields = ["id", *formats.COLUMNS]

    def get_services(self, tech: Tech) -> str:
        return join_services(self.context.get("services", {}).get(tech.pk, ()))


class UsingServiceOutput(serializers.Serializer[Any]):
    """A service that uses a technology."""

    service = serializers.CharField(help_text="The slug.")
    name = serializers.CharField()


class JsonTechOutput(TechOutput):
    """A technology in the JSON export. context["services"] is a ServicesOf."""

    used_by = serializers.SerializerMethodField(help_text="The services that use it.")

    class Meta(TechOutput.Meta):
        fields = [*TechOutput.Meta.fields, "used_by"]

    @extend_schema_field(UsingServiceOutput(many=True))
    def get_used_by(self, tech: Tech) -> list[dict[str, Any]]:
        return [{"service": slug, "name": name} for name, slug in self.context["services"].get(tech.pk, ())]
