"""Rows of the documents that other programs show."""

from rest_framework import serializers

from techs.exports import formats
from techs.inventory.serializers import LevelChangeOutput, TechOutput
from techs.models import Tech


class LevelChangeNews(LevelChangeOutput):
    """A change of level that stands for itself, in a feed."""

    class Meta(LevelChangeOutput.Meta):
        fields = ["id", "tech", "name", *LevelChangeOutput.Meta.fields]
        read_only_fields = fields


class ExportedTechOutput(TechOutput):
    """A technology in the exports that other programs show."""

    reason = serializers.SerializerMethodField(help_text="The one that decides.")

    class Meta(TechOutput.Meta):
        fields = ["id", *formats.COLUMNS]

    def get_reason(self, tech: Tech) -> str:
        """The first one's words."""
        return str(tech.reasons[0]["text"]) if tech.reasons else ""
