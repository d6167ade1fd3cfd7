"""Output serializers for technologies and their level changes."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cache
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from techs.assessment.assessor import impact_of
from techs.models import IMPACTS, KINDS, LEVELS, LevelChange, Tech, TechDateChange
from techs.rules.end_dates import EndField
from techs.rules.levels import Impact

Row = TypeVar("Row", bound=Model)
_Read: TypeAlias = Callable[[Any, Any], Any]
"""A function of a serializer and a row."""

# Fields that represent the values of stored rows as they are.
_PLAIN = (
    *(serializers.BooleanField, serializers.CharField, serializers.ChoiceField, serializers.IntegerField),
    *(serializers.ListField, serializers.ReadOnlyField),
)


class QuickOutput(serializers.ModelSerializer[Row]):
    """Represents stored rows as its fields would, in a sixth of the time."""

    def to_representation(self, instance: Row) -> dict[str, Any]:
        return {name: read(self, instance) for name, read in _reads(type(self))}


class StoredOutput(serializers.Serializer[Any]):
    """An object that is stored as JSON with the values of its fields, so none needs to be converted."""

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        return {name: instance[name] for name in self._declared_fields}


class ReasonOutput(StoredOutput):
    """Why a technology has its level."""

    code = serializers.CharField()
    text = serializers.CharField()
    source = serializers.URLField(allow_null=True)  # type: ignore[assignment]  # Field.source is an attribute too
    facts_as_of = serializers.DateField(allow_null=True)


class UpgradeOutput(StoredOutput):
    """Where to go from a release. Without a release, the product has none to move to."""

    text = serializers.CharField()
    release = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    end_of_life = serializers.DateField(allow_null=True)


class ComputedOutput(serializers.Serializer[Any]):
    """The computed level and score, which ignore a level override."""

    priority = serializers.ChoiceField(choices=LEVELS)
    score = serializers.IntegerField()


# Sources of services in the details of a technology.
MOST_USED_BY = 1000
_END_HELP = 'An ISO date, "ended" without a known day, or "none" if none was announced.'
_LEVEL_OR_NULL = serializers.ChoiceField(choices=LEVELS, allow_null=True)


class TechOutput(QuickOutput[Tech]):
    """A technology, as all endpoints return it."""

    kind = serializers.ChoiceField(choices=KINDS, help_text="A library is a package without lifecycle data.")
    text = serializers.SerializerMethodField(help_text="Name and level in the original system's format.")
    priority = serializers.ChoiceField(source="level", choices=LEVELS)
    reasons = ReasonOutput(many=True)
    product = serializers.SerializerMethodField(help_text="Product slug, null if none matched.")
    release = serializers.SerializerMethodField(help_text="Release cycle, null if none matched.")
    upgrade_to = UpgradeOutput(allow_null=True, help_text="Where to go from here, null if nothing is better.")
    impact = serializers.SerializerMethodField(help_text="The highest impact of the technology and its services.")
    own_impact = serializers.SerializerMethodField(help_text="Its own impact, null if nobody has set it.")
    tags = serializers.ListField(child=serializers.CharField())
    services = serializers.IntegerField(help_text="Services that use it.")
    versions = serializers.SerializerMethodField(help_text="Versions that services use, lowest first, at most 50.")
    by_hand = serializers.BooleanField(help_text="Somebody added it. If not, it leaves with its last service.")
    suggestions = serializers.ListField(child=serializers.CharField(), help_text="Similar names, best match first.")
    computed = serializers.SerializerMethodField(help_text="Computed level and score, which ignore a level override.")
    evergreen = serializers.BooleanField(source="unversioned", read_only=True)
    hand_priority = serializers.SerializerMethodField(help_text="Level override, null if none is set.")
    hand_review_on = serializers.DateField(source="override_review_on", allow_null=True, read_only=True)
    previous_priority = serializers.SerializerMethodField(help_text="Level before the last change, null if none.")
    priority_since = serializers.DateTimeField(source="level_since")

    class Meta:
        model = Tech
        fields = [
            "id",
            "text",
            "name",
            "kind",
            "priority",
            "score",
            "action",
            "reasons",
            "product",
            "release",
            "end_of_life",
            "upgrade_to",
            "impact",
            "own_impact",
            "extended_support",
            "evergreen",
            "note",
            "owner",
            "tags",
            "services",
            "versions",
            "by_hand",
            "hand_priority",
            "hand_review_on",
            "computed",
            "suggestions",
            "previous_priority",
            "priority_since",
            "submitted_at",
            "assessed_at",
        ]
        read_only_fields = fields

    def each(self, techs: Iterable[Tech]) -> list[dict[str, Any]]:
        """Return each technology. With many=True, a serializer and its rows stay until Python collects garbage."""
        return [self.to_representation(tech) for tech in techs]

    def get_text(self, tech: Tech) -> str:
        return f"{tech.name} - priority ({tech.level})"

    @extend_schema_field(serializers.ChoiceField(choices=IMPACTS))
    def get_impact(self, tech: Tech) -> str:
        return impact_of(tech).value if tech.service_impact else tech.impact or Impact.NORMAL.value

    @extend_schema_field(serializers.ChoiceField(choices=IMPACTS, allow_null=True))
    def get_own_impact(self, tech: Tech) -> str | None:
        return tech.impact or None

    def get_versions(self, tech: Tech) -> list[str]:
        return tech.versions or []

    def get_product(self, tech: Tech) -> str | None:
        return tech.product or None

    def get_release(self, tech: Tech) -> str | None:
        return tech.release or None

    @extend_schema_field(ComputedOutput)
    def get_computed(self, tech: Tech) -> dict[str, Any]:
        return {"priority": tech.computed_level, "score": tech.computed_score}

    @extend_schema_field(_LEVEL_OR_NULL)
    def get_previous_priority(self, tech: Tech) -> str | None:
        return tech.previous_level or None

    @extend_schema_field(_LEVEL_OR_NULL)
    def get_hand_priority(self, tech: Tech) -> str | None:
        return tech.level_override or None


class LevelChangeOutput(serializers.ModelSerializer[LevelChange]):
    """A change from one level to another."""

    class Meta:
        model = LevelChange
        fields = ["at", "from_level", "to_level", "why"]
        read_only_fields = fields


class DateChangeOutput(serializers.ModelSerializer[TechDateChange]):
    """An end of support that new lifecycle data changed."""

    product = serializers.CharField(source="change.product")
    release = serializers.CharField(source="change.cycle")
    field = serializers.ChoiceField(source="change.field", choices=[field.value for field in EndField])
    before = serializers.CharField(source="change.before", help_text=_END_HELP)
    after = serializers.CharField(source="change.after", help_text=_END_HELP)
    text = serializers.CharField(help_text="The change as a phrase.")

    class Meta:
        model = TechDateChange
        fields = ["at", "product", "release", "field", "before", "after", "text"]
        read_only_fields = fields


class UsedByOutput(serializers.Serializer[Any]):
    """A source of a service that shows a technology."""

    service = serializers.CharField(source="service.slug", help_text="The slug.")
    name = serializers.CharField(source="service.name")
    source = serializers.CharField(source="source.name")  # type: ignore[assignment]  # Field.source is an attribute too
    versions = serializers.ListField(child=serializers.CharField())
    since = serializers.DateTimeField(source="first_seen")


class TechDetailOutput(TechOutput):
    """A single technology with its history, and with days counted from today, which cached pages must not contain."""

    days_left = serializers.SerializerMethodField(help_text="Days until the end of life, negative after it.")
    level_changes = LevelChangeOutput(many=True)
    date_changes = DateChangeOutput(many=True)
    used_by = serializers.SerializerMethodField(help_text="The first 1,000 sources of services that show it.")

    class Meta(TechOutput.Meta):
        fields = [*TechOutput.Meta.fields, "days_left", "level_changes", "date_changes", "used_by"]

    @extend_schema_field(UsedByOutput(many=True))
    def get_used_by(self, tech: Tech) -> list[dict[str, Any]]:
        usages = tech.usages.select_related("service", "source") if tech.services else tech.usages.none()
        found = UsedByOutput(usages.order_by("service__name_key", "source__name")[:MOST_USED_BY], many=True)
        return list(found.data)

    def get_days_left(self, tech: Tech) -> int | None:
        return (tech.end_of_life - datetime.now(UTC).date()).days if tech.end_of_life else None


class BriefTechOutput(TechOutput):
    """A technology with only the fields that the original client shows."""

    class Meta(TechOutput.Meta):
        fields = ["id", "text", "name", "priority", "score", "action", "submitted_at"]


@cache
def _reads(output: type[QuickOutput[Any]]) -> list[tuple[str, _Read]]:
    return [(name, _read(output, field)) for name, field in output().fields.items()]


def _read(output: type[QuickOutput[Any]], field: Any) -> _Read:
    if isinstance(field, serializers.SerializerMethodField):
        method: _Read = getattr(output, field.method_name)
        return method
    get = attrgetter(field.source)
    if isinstance(field, _PLAIN):
        return lambda _, row: get(row)
    if isinstance(field, serializers.DateField | serializers.DateTimeField):
        return lambda _, row: _iso(get(row))
    return lambda _, row: None if (value := get(row)) is None else field.to_representation(value)


def _iso(value: date | None) -> str | None:
    """Return a date, or a time in UTC, as REST framework does."""
    text = value.isoformat() if value else None
    return f"{text[:-6]}Z" if text and text.endswith("+00:00") else text
