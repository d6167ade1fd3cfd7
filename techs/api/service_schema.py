"""Parts of the OpenAPI description about services, beside techs.api.schema."""

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, inline_serializer
from rest_framework import serializers

from techs.api.filter_schema import SERVICE_PARAMETER
from techs.api.schema import RETRY_HEADERS, WHOLE_LIST_PARAMETERS
from techs.api.service_serializers import AcceptedUploadOutput, DryRunOutput, ResolvedOutput, ServiceOutput
from techs.inventory.service_reads import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from techs.rules.services import ORIGIN_MAX_LENGTH, REF_MAX_LENGTH, SOURCE_NAME_MAX_LENGTH


def _page(name: str, rows: serializers.Serializer[object]) -> serializers.Serializer[object]:
    return inline_serializer(
        name,
        {
            "count": serializers.IntegerField(),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "data": rows,
        },
    )


SERVICE_PAGE = _page("ServiceList", ServiceOutput(many=True))
RESOLVED_PAGE = _page("ResolvedList", ResolvedOutput(many=True))
ACCEPTED_UPLOAD = inline_serializer("UploadAccepted", {"upload": AcceptedUploadOutput()})
# An upload with the content that the source has already, or a dry run.
UNCHANGED_OR_DRY_RUN = PolymorphicProxySerializer(
    component_name="UnchangedOrDryRun", serializers=[ACCEPTED_UPLOAD, DryRunOutput], resource_type_field_name=None
)
ACCEPTED_UPLOADS = inline_serializer("UploadsAccepted", {"uploads": AcceptedUploadOutput(many=True)})

_NUMBER = {"type": "integer", "minimum": 0}
PAGE_PARAMETERS = [
    OpenApiParameter("q", {"type": "string", "format": "service"}, description="Part of a name."),
    OpenApiParameter("page", _NUMBER | {"default": 1}, description="From the next or previous URL."),
    OpenApiParameter(
        "page_size",
        _NUMBER | {"default": DEFAULT_PAGE_SIZE},
        description=f"1 to {MAX_PAGE_SIZE}. Other values are clamped to this range.",
    ),
    *WHOLE_LIST_PARAMETERS,
]
RESOLVED_PARAMETERS = [*PAGE_PARAMETERS, SERVICE_PARAMETER]

_CONFIRM = OpenApiParameter("confirm", str, enum=["large"], description="Allow a removal of most technologies.")
SOURCE_PARAMETERS = [
    OpenApiParameter(
        "source",
        {"type": "string", "minLength": 1, "maxLength": SOURCE_NAME_MAX_LENGTH, "format": "source"},
        OpenApiParameter.PATH,
        description="A path without empty, . and .. segments, such as backend/requirements.txt.",
    ),
    *RETRY_HEADERS,
]
UPLOAD_BODY = {"application/octet-stream": {"type": "string", "format": "binary"}}
UPLOAD_PARAMETERS = [
    OpenApiParameter(
        "name",
        {"type": "string", "format": "service"},
        description="Name of the file, which determines the format. By default, the source.",
    ),
    OpenApiParameter(
        "origin",
        {"type": "string", "minLength": 1, "maxLength": ORIGIN_MAX_LENGTH, "format": "service"},
        description="Where uploads of this kind come from, such as push:. for complete.",
    ),
    OpenApiParameter(
        "ref",
        {"type": "string", "maxLength": REF_MAX_LENGTH, "format": "service"},
        description="Commit, branch or tag.",
    ),
    OpenApiParameter(
        "dry_run", str, enum=["1", "true", "0", "false"], description="Store nothing, and return the changes."
    ),
    _CONFIRM,
    *SOURCE_PARAMETERS,
]
COMPLETE_PARAMETERS = [_CONFIRM, *RETRY_HEADERS]
