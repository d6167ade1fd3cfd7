"""Parts of the OpenAPI description about sums of the list, beside techs.api.schema."""

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from techs.api.filter_schema import FILTER_PARAMETERS
from techs.api.schema import WHOLE_LIST_PARAMETERS
from techs.inventory.groups import BY, MAX_PAGE_SIZE, PAGE_SIZE, WORST
from techs.inventory.serializers import TechOutput

_FILTERS = [parameter for parameter in FILTER_PARAMETERS if parameter.name != "ordering"]
_LOWER_BOUND = serializers.BooleanField(help_text="True if the technologies are too many to count them all.")

_ACCEPTED = serializers.IntegerField(help_text="Those of the level low whose risk the team accepts.")


class LevelsOutput(serializers.Serializer[object]):
    """Numbers of technologies by level."""

    critical = serializers.IntegerField()
    high = serializers.IntegerField()
    medium = serializers.IntegerField()
    unknown = serializers.IntegerField()
    low = serializers.IntegerField()


SUMMARY_OUTPUT = inline_serializer(
    "Summary",
    {
        "isCached": serializers.BooleanField(),
        "count": serializers.IntegerField(help_text="The technologies of all levels."),
        "countIsLowerBound": _LOWER_BOUND,
        "data": inline_serializer(
            "SummaryData",
            {
                "levels": LevelsOutput(),
                "accepted": _ACCEPTED,
                "outlook": inline_serializer(
                    "Period",
                    {
                        "period": serializers.CharField(help_text="overdue, such as 2026-Q4, later or undated."),
                        "ends_from": serializers.DateField(allow_null=True),
                        "ends_to": serializers.DateField(allow_null=True),
                        "levels": LevelsOutput(),
                        "accepted": _ACCEPTED,
                    },
                    many=True,
                ),
            },
        ),
    },
)
GROUPS_OUTPUT = inline_serializer(
    "Groups",
    {
        "isCached": serializers.BooleanField(),
        "count": serializers.IntegerField(help_text="The groups on all pages."),
        "countIsLowerBound": _LOWER_BOUND,
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "data": inline_serializer(
            "GroupsData",
            {
                "groups": inline_serializer(
                    "Group",
                    {
                        "name": serializers.CharField(),
                        "value": serializers.CharField(help_text="The value of the filter for this group."),
                        "count": serializers.IntegerField(),
                        "levels": LevelsOutput(),
                        "accepted": _ACCEPTED,
                        "worst": TechOutput(many=True, help_text=f"The {WORST} worst technologies."),
                    },
                    many=True,
                ),
                "rest": LevelsOutput(
                    allow_null=True, help_text="Technologies in no group, null if their number is unknown."
                ),
            },
        ),
    },
)
_NUMBER = {"type": "integer", "minimum": 0}
SUMMARY_PARAMETERS = [*_FILTERS, *WHOLE_LIST_PARAMETERS]
GROUP_PARAMETERS = [
    OpenApiParameter("by", str, enum=list(BY), default=BY[0], description="The attribute that groups share."),
    *_FILTERS,
    OpenApiParameter("page", _NUMBER | {"default": 1}, description="From the next or previous URL."),
    OpenApiParameter(
        "page_size",
        _NUMBER | {"default": PAGE_SIZE},
        description=f"1 to {MAX_PAGE_SIZE}. Other values are clamped to this range.",
    ),
    *WHOLE_LIST_PARAMETERS,
]
