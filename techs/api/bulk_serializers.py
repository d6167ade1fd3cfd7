"""Serializers for bulk changes and for undo."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError as InvalidQuery
from django.utils.datastructures import MultiValueDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from techs.api.serializers import (
    KnownFieldsOnly,
    NoteField,
    OptionField,
    OwnerField,
    StrictBooleanField,
    TagsField,
    unknown_fields,
)
from techs.inventory.bulk_changes import LISTED, MOST_AT_ONCE, WORDS, BulkChange, Obstacle, Report, Skipped
from techs.inventory.queries import FILTERS, ListQuery
from techs.inventory.reverting import Kept, Undone
from techs.models import IMPACTS

_NOTHING = "Name a change: set, add_tags, remove_tags or remove."
_ONE_SELECTION = "Send either ids or a query."
_REMOVED_ANYWAY = "Leave out the other changes: these technologies are removed."
_FILTERS = (*FILTERS, "include")
_TEXTS = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


@extend_schema_field(
    {
        "type": "object",
        "properties": dict.fromkeys(_FILTERS, _TEXTS),
        "additionalProperties": False,
        "example": {"owner": ["shop", "search"], "priority": "critical"},
    }
)
class QueryField(serializers.Field[ListQuery, Any, Any, Any]):
    """The filters of a list. Unlike in an address, unknown ones are refused: without them, more would match."""

    def to_internal_value(self, data: Any) -> ListQuery:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(['Must be an object of filters, such as {"owner": "shop"}.'])
        if unknown := unknown_fields(data, known=_FILTERS):
            raise serializers.ValidationError(unknown)
        params = {name: value if isinstance(value, list) else [value] for name, value in data.items()}
        if not all(isinstance(text, str) for values in params.values() for text in values):
            raise serializers.ValidationError(["Filters are strings, or lists of strings."])
        try:
            return ListQuery.from_params(MultiValueDict(params))
        except InvalidQuery as error:
            raise serializers.ValidationError(error.message_dict) from error


class BulkValues(KnownFieldsOnly):
    """New values. Those that are left out stay as they are."""

    owner = OwnerField(required=False, help_text="An empty string clears it.")
    impact = OptionField(choices=IMPACTS, required=False)
    extended_support = StrictBooleanField(required=False)
    note = NoteField(required=False)


class BulkInput(KnownFieldsOnly):
    """Technologies, by id or by a query, and the change."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        allow_empty=False,
        min_length=1,  # says so in the schema
        max_length=MOST_AT_ONCE,
    )
    query = QueryField(required=False, help_text=f"All that match, up to {MOST_AT_ONCE:,}.")
    set = BulkValues(required=False)
    add_tags = TagsField(required=False)
    remove_tags = TagsField(required=False)
    remove = StrictBooleanField(required=False, help_text="Remove the technologies from the list.")
    unchanged_since = serializers.DateTimeField(
        required=False,
        help_text="When you read the list. Technologies with later changes to the same fields are skipped.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("query" in attrs):
            raise serializers.ValidationError({"ids": [_ONE_SELECTION]})
        change = BulkChange(
            values=dict(attrs.get("set", {})),
            add_tags=attrs.get("add_tags", ()),
            remove_tags=attrs.get("remove_tags", ()),
            removes=attrs.get("remove", False),
        )
        if change.is_empty:
            raise serializers.ValidationError({"set": [_NOTHING]})
        if change.removes and (change.values or change.add_tags or change.remove_tags):
            raise serializers.ValidationError({"remove": [_REMOVED_ANYWAY]})
        return attrs | {"change": change}


class SkippedOutput(serializers.Serializer[Skipped]):
    """A technology that was left as it is."""

    id = serializers.IntegerField(source="tech")
    name = serializers.CharField(help_text="Empty if it is gone.")
    reason = serializers.ChoiceField(source="obstacle", choices=[each.value for each in Obstacle])
    detail = serializers.SerializerMethodField()

    def get_detail(self, skipped: Skipped) -> str:
        return WORDS[skipped.obstacle]


class BulkOutput(serializers.Serializer[Report]):
    """The result of a bulk change."""

    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text="Those that had the values already.")
    removed = serializers.IntegerField()
    skipped = serializers.IntegerField(source="skipped_count", help_text="Those that were left as they are.")
    skipped_techs = serializers.SerializerMethodField(help_text=f"The first {LISTED} of them.")
    action = serializers.IntegerField(allow_null=True, help_text="The action, or null if nothing changed.")
    undo_url = serializers.SerializerMethodField(help_text="POST there within a day to undo it.")

    @extend_schema_field(SkippedOutput(many=True))
    def get_skipped_techs(self, report: Report) -> Any:
        return [SkippedOutput(each).data for each in report.skipped[:LISTED]]

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_undo_url(self, report: Report) -> str | None:
        if report.action is None:
            return None
        return reverse("techs:undo", args=[report.action], request=self.context["request"])


class UndoInput(KnownFieldsOnly):
    """How to undo an action."""

    partly = StrictBooleanField(
        required=False,
        default=False,
        help_text="Undo the changes that can be undone, even if others cannot.",
    )


class KeptOutput(serializers.Serializer[Kept]):
    """A technology whose change was not undone."""

    id = serializers.IntegerField(source="tech")
    name = serializers.CharField()
    detail = serializers.CharField(source="reason")


class UndoOutput(serializers.Serializer[Undone]):
    """The technologies of an action that was undone."""

    undone = serializers.IntegerField(source="count")
    kept = serializers.IntegerField(source="kept_count", help_text="Those whose change was not undone.")
    kept_techs = serializers.SerializerMethodField(help_text=f"The first {LISTED} of them.")

    @extend_schema_field(KeptOutput(many=True))
    def get_kept_techs(self, undone: Undone) -> Any:
        return [KeptOutput(each).data for each in undone.kept[:LISTED]]
