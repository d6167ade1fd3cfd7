"""Serializers for the rows of exports."""

from rest_framework import serializers

from techs.exports import formats
from techs.inventory.serializers import DateChangeOutput, LevelChangeOutput, TechOutput
from techs.models import Tech


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
    """A technology as an export row."""

    reason = serializers.SerializerMethodField(help_text="The deciding reason.")

    class Meta(TechOutput.Meta):
        fields = ["id", *formats.COLUMNS]

    def get_reason(self, tech: Tech) -> str:
        return str(tech.reasons[0]["text"]) if tech.reasons else ""
