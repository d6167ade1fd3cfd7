"""Inputs and outputs of the API of saved views."""

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from techs.api.serializers import KnownFieldsOnly
from techs.api.service_serializers import RuleField
from techs.inventory import saved_views
from techs.models import SavedView
from techs.rules.views import QUERY_MAX_LENGTH, VIEW_NAME_MAX_LENGTH, clean_view_name


@extend_schema_field(
    {"type": "string", "minLength": 1, "maxLength": VIEW_NAME_MAX_LENGTH, "format": "service", "example": "My team"}
)
class ViewNameField(RuleField):
    """The name of a view."""

    rule = staticmethod(clean_view_name)


@extend_schema_field(
    {"type": "string", "maxLength": QUERY_MAX_LENGTH, "format": "list-query", "example": "owner=shop&priority=high"}
)
class ListQueryField(serializers.Field[str, Any, str, Any]):
    """The parameters of a list."""

    default_error_messages = {"invalid": "Must be a string."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return saved_views.normalise(data)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error

    def to_representation(self, value: str) -> str:
        return value


class ViewInput(KnownFieldsOnly):
    """A view to save."""

    name = ViewNameField(help_text="No other view may have it, in any case.")
    query = ListQueryField(help_text="The parameters of the list, without its page. It is stored in canonical form.")


class ViewEdit(KnownFieldsOnly):
    """Changes to a view."""

    name = ViewNameField(required=False)
    query = ListQueryField(required=False)


class ViewOutput(serializers.ModelSerializer[SavedView]):
    """A view."""

    class Meta:
        model = SavedView
        fields = saved_views.FIELDS
        read_only_fields = fields
