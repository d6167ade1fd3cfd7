"""Parameters and responses of the activity in the OpenAPI description."""

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from techs.api.activity_serializers import ActionOutput
from techs.api.schema import RETRY_HEADERS
from techs.inventory.activity_queries import PROGRAMS
from techs.inventory.queries import DEFAULT_PAGE_SIZE, MAX_CHOICES, MAX_PAGE_SIZE
from techs.models import ActionKind
from techs.models.activity import ACTOR_MAX_LENGTH
from techs.rules.services import SLUG

ACTIVITY_PAGE = inline_serializer(
    "Activity", {"next": serializers.URLField(allow_null=True), "data": ActionOutput(many=True)}
)


def _moment(name: str, description: str) -> OpenApiParameter:
    schema = {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    return OpenApiParameter(name, schema, description=f"{description} A date or a time.")


FILTER_PARAMETERS = [
    OpenApiParameter(
        "actor",
        {"type": "string", "maxLength": ACTOR_MAX_LENGTH},
        description=f"The name of a user, which includes the user's tokens, or one of: {', '.join(PROGRAMS)}.",
    ),
    OpenApiParameter(
        "tech",
        {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, "maxItems": MAX_CHOICES},
        style="form",
        explode=True,
        description="Any of these technologies, by id, also removed ones. Repeat the parameter for each value.",
    ),
    OpenApiParameter(
        "service",
        {"type": "string", "pattern": f"^{SLUG.replace('a-z', 'A-Za-z')}$"},
        description="The slug of a service, also of a deleted one.",
    ),
    OpenApiParameter("kind", str, enum=ActionKind.values, description="The kind of action."),
    _moment("since", "The first moment."),
    _moment("until", "The last moment, or day."),
    *RETRY_HEADERS,
]
_PAGE_PARAMETERS = [
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 0, "default": DEFAULT_PAGE_SIZE},
        description=f"1 to {MAX_PAGE_SIZE}. Other values are clamped to this range.",
    ),
    OpenApiParameter("cursor", {"type": "string", "format": "cursor"}, description="From the next URL."),
]
LIST_PARAMETERS = [*_PAGE_PARAMETERS, *FILTER_PARAMETERS]
CHANGES_PARAMETERS = [*_PAGE_PARAMETERS, *RETRY_HEADERS]
