"""The filters of the list in the OpenAPI description, beside techs.api.schema."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from techs.inventory.filters import NO, NO_OWNER, OVERDUE, PRODUCT, YES
from techs.inventory.queries import INCLUDES, MAX_CHOICES, ORDERINGS
from techs.models import KINDS, LEVELS
from techs.rules.attributes import NAME_MAX_LENGTH, OWNER_MAX_LENGTH, TAG
from techs.rules.services import SLUG


def _choices(name: str, each: dict[str, Any], *, description: str) -> OpenApiParameter:
    schema = {"type": "array", "items": each, "maxItems": MAX_CHOICES}
    return OpenApiParameter(
        name, schema, style="form", explode=True, description=f"{description} Repeat the parameter for each value."
    )


SERVICE_PARAMETER = _choices(
    "service", {"type": "string", "pattern": f"^{SLUG}$"}, description="Any of these services, by slug."
)
FILTER_PARAMETERS = [
    OpenApiParameter(
        "q",
        {"type": "string", "maxLength": NAME_MAX_LENGTH, "format": "technology"},
        description="Words of a name or product, or the beginnings of words, in any order. All must occur.",
    ),
    _choices(
        "priority",
        {"type": "string", "enum": [level for level, _ in LEVELS]},
        description="Any of these levels, which may also be separated by commas.",
    ),
    _choices("tag", {"type": "string", "pattern": f"^{TAG}$"}, description="Any of these tags."),
    _choices(
        "owner",
        {"type": "string", "maxLength": OWNER_MAX_LENGTH, "format": "technology"},
        description=(
            "Any of these owners, of the technology or a service that uses it, ignoring case. "
            f"{NO_OWNER} stands for technologies that nobody owns."
        ),
    ),
    SERVICE_PARAMETER,
    _choices("product", {"type": "string", "pattern": f"^{PRODUCT}$"}, description="Any of these products, by slug."),
    _choices(
        "ends_within",
        {"type": "string", "pattern": f"^({OVERDUE}|[0-9]{{1,4}})$"},
        description="overdue, or a number of days from today within which support ends.",
    ),
    OpenApiParameter("ends_from", OpenApiTypes.DATE, description="The first day on which support ends."),
    OpenApiParameter("ends_to", OpenApiTypes.DATE, description="The last day on which support ends."),
    OpenApiParameter(
        "accepted",
        str,
        enum=[YES, NO],
        description="Whether the team accepts the risk: it has set the level to low until a later day.",
    ),
    _choices(
        "imported",
        {"type": "string", "format": "uuid"},
        description="Technologies that lines of any of these imports named, as long as the submissions are kept.",
    ),
    _choices(
        "kind",
        {"type": "string", "enum": [kind for kind, _ in KINDS]},
        description="Any of these kinds. It counts instead of include.",
    ),
    OpenApiParameter(
        "include",
        str,
        enum=list(INCLUDES),
        description="tracked (the default) leaves out libraries, all includes them after the other technologies.",
    ),
    OpenApiParameter(
        "ordering",
        str,
        enum=list(ORDERINGS),
        description="priority sorts worst first, then by name. A - in front reverses the order.",
    ),
]
