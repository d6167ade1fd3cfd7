"""Parts of the OpenAPI description (/api/schema/) that serializers cannot express: errors, headers and links.

A test sends requests that the description allows or forbids, and compares the responses with the description.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import get_script_prefix
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from techs.api.filter_schema import FILTER_PARAMETERS
from techs.api.parsers import IDEMPOTENCY_KEY
from techs.api.serializers import NOTE, OWNER, TAGS, ImportInput
from techs.exports.serializers import JsonTechOutput
from techs.inventory.queries import MAX_PAGE_SIZE
from techs.inventory.selection import COUNT_LIMIT
from techs.inventory.serializers import BriefTechOutput, TechOutput
from techs.models import IMPACTS

LIST_OUTPUT = inline_serializer(
    "TechList",
    {
        "isCached": serializers.BooleanField(),
        "count": serializers.IntegerField(),
        "countIsLowerBound": serializers.BooleanField(
            help_text=f"True if more than {COUNT_LIMIT:,} technologies match several filters, or a search."
        ),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "data": TechOutput(many=True),
    },
)
WHOLE_LIST_OUTPUT = inline_serializer(
    "WholeTechList",
    {"isCached": serializers.BooleanField(), "data": BriefTechOutput(many=True)},
)
ACCEPTED_OUTPUT = inline_serializer(
    "Accepted",
    {
        "message": serializers.CharField(),
        "submission": inline_serializer(
            "AcceptedSubmission",
            {
                "id": serializers.UUIDField(),
                "state": serializers.ChoiceField(choices=["queued", "done", "failed"]),
                "url": serializers.URLField(),
            },
        ),
    },
)
IMPORT_ACCEPTED_OUTPUT = inline_serializer(
    "ImportAccepted",
    {
        "message": serializers.CharField(),
        "import": inline_serializer(
            "AcceptedImport",
            {
                "id": serializers.UUIDField(),
                "state": serializers.ChoiceField(choices=["queued", "done"]),
                "url": serializers.URLField(),
            },
        ),
    },
)
_FILE = {"type": "string", "format": "binary"}
IMPORT_INPUT = {
    "application/json": ImportInput,
    "multipart/form-data": {
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {
            "file": _FILE,
            "impact": {"type": "string", "enum": [impact for impact, _ in IMPACTS]},
            "extended_support": {"type": "boolean"},
            "owner": OWNER,
            "tags": TAGS | {"description": "Repeated or comma-separated."},
            "note": NOTE,
        },
    },
    "application/octet-stream": _FILE,
    "text/plain": {"type": "string"},
}
MESSAGE_OUTPUT = inline_serializer("Message", {"message": serializers.CharField()})

_PROBLEM = {
    "type": "object",
    "required": ["detail"],
    "properties": {"detail": {"type": "string"}},
    "additionalProperties": False,
}
_FIELD_PROBLEMS = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": "string"}},
    "example": {"text": ["Enter a technology, such as Django 3.2."]},
}
_PROBLEMS = {
    400: "Invalid input. The response has messages by field, or one in detail.",
    401: "No valid token or session.",
    403: "The token may only read, or a page on another site sent a file or a change in the user's session.",
    404: "Not found.",
    409: "Not in the present state. The detail says why.",
    406: "Not acceptable. The API answers in JSON, or in HTML for browsers.",
    411: "The Content-Length header is missing.",
    413: "The body is too large.",
    415: "The media type of the body is not supported.",
    429: "Too many requests. Try again after Retry-After seconds.",
    503: "The database or the cache is unavailable. Try again after Retry-After seconds.",
}
READ_PROBLEMS = (406, 429, 503)
WRITE_PROBLEMS = (400, 406, 411, 413, 415, 429, 503)
IMPORT_WRITE_PROBLEMS = (403, *WRITE_PROBLEMS)


_WITHOUT_UNKNOWN_FIELDS = (
    *("CompleteInput", "ImportInput", "PatchedServiceEdit", "PatchedTechEdit", "ServiceInput", "SubmissionInput"),
    *("PatchedViewEdit", "ViewInput", "BulkInput", "BulkValues", "UndoInput"),
)
_EXPORT = "techs_export_"
_FILTERED = {"techs_list", "techs_summary", "techs_groups", "activity_list", "activity_csv"}
# Groups and titles of the operations in the description.
_LIST, _IMPORTS, _EXPORTS, _ORIGINAL = "Technologies", "Imports", "Exports", "Original API"
_SERVICES, _VIEWS, _ACTIVITY = "Services", "Views", "Activity"
_TITLES = {
    "techs_list": (_LIST, "List technologies"),
    "techs_summary": (_LIST, "Count technologies by level and quarter"),
    "techs_groups": (_LIST, "Group technologies"),
    "techs_create": (_LIST, "Add a technology"),
    "techs_retrieve": (_LIST, "Get a technology"),
    "techs_partial_update": (_LIST, "Change a technology"),
    "techs_destroy": (_LIST, "Remove a technology"),
    "techs_bulk": (_LIST, "Change many technologies"),
    "submissions_retrieve": (_LIST, "Get the state of a submission"),
    "state_retrieve": (_LIST, "Get the state of the list"),
    "imports_create": (_IMPORTS, "Import a file or lines"),
    "imports_retrieve": (_IMPORTS, "Get the progress of an import"),
    "services_list": (_SERVICES, "List services"),
    "services_create": (_SERVICES, "Create a service"),
    "services_retrieve": (_SERVICES, "Get a service"),
    "services_partial_update": (_SERVICES, "Change, archive or restore a service"),
    "services_destroy": (_SERVICES, "Delete a service"),
    "services_complete": (_SERVICES, "Empty the sources that are gone"),
    "sources_update": (_SERVICES, "Upload a file"),
    "sources_destroy": (_SERVICES, "End a source"),
    "uploads_retrieve": (_SERVICES, "Get the state of an upload"),
    "resolved_list": (_SERVICES, "List technologies that left the list"),
    "lifecycles_retrieve": (_SERVICES, "Get the lifecycle data"),
    "views_list": (_VIEWS, "List views"),
    "views_create": (_VIEWS, "Save a view"),
    "views_retrieve": (_VIEWS, "Get a view"),
    "views_partial_update": (_VIEWS, "Change a view"),
    "views_destroy": (_VIEWS, "Remove a view"),
    "activity_list": (_ACTIVITY, "List actions"),
    "activity_retrieve": (_ACTIVITY, "Get an action"),
    "activity_undo": (_ACTIVITY, "Undo an action"),
    "activity_csv": (_ACTIVITY, "Export actions as CSV"),
    "get": (_ORIGINAL, "Get the whole list"),
    "create": (_ORIGINAL, "Add a technology"),
}


def problems(*statuses: int) -> dict[int, OpenApiResponse]:
    """Map each status to its error response, in one of the two shapes."""
    return {status: OpenApiResponse(_shape_of(status), description=_PROBLEMS[status]) for status in statuses}


_CONFLICT = _PROBLEM | {
    "properties": {"detail": {"type": "string"}, "removes": {"type": "integer"}, "of": {"type": "integer"}}
}


def _shape_of(status: int) -> dict[str, Any]:
    if status == 409:  # noqa: PLR2004  as HTTP names it
        return _CONFLICT
    return {"anyOf": [_FIELD_PROBLEMS, _PROBLEM]} if status == 400 else _PROBLEM  # noqa: PLR2004  as HTTP names it


def _header(name: str, description: str, statuses: Iterable[int]) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description, response=list(statuses))


def _retry_after() -> OpenApiParameter:
    return _header("Retry-After", "Seconds to wait.", [429, 503])


def _if_none_match() -> list[OpenApiParameter]:
    return [
        OpenApiParameter(
            "If-None-Match",
            str,
            OpenApiParameter.HEADER,
            description="An ETag from an earlier response. The response is 304 if nothing has changed.",
        ),
        _header("ETag", "Identifies this content.", [200, 304]),
    ]


def _idempotency_key(resource: str) -> OpenApiParameter:
    return OpenApiParameter(
        "Idempotency-Key",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": f"^{IDEMPOTENCY_KEY}$"},
        OpenApiParameter.HEADER,
        description=f"A repeated request with the same key returns the same {resource}. Other content is rejected.",
    )


RETRY_HEADERS = [_retry_after()]
WHOLE_LIST_PARAMETERS = [*_if_none_match(), _retry_after()]
LIST_PARAMETERS = [
    *FILTER_PARAMETERS,
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 0, "default": 100},
        description=f"1 to {MAX_PAGE_SIZE}. Other values are clamped to this range.",
    ),
    OpenApiParameter("cursor", {"type": "string", "format": "cursor"}, description="From the next or previous URL."),
    *WHOLE_LIST_PARAMETERS,
]
WRITE_PARAMETERS = [
    _idempotency_key("submission"),
    _header("Location", "URL of the submission, which reports its state.", [201, 202]),
    _retry_after(),
]

IMPORT_PARAMETERS = [
    _idempotency_key("import"),
    OpenApiParameter(
        "name",
        str,
        description="Name of the file in the body, such as requirements.txt, which determines the format.",
    ),
    OpenApiParameter(
        "dry_run", str, enum=["1", "true", "0", "false"], description="Store nothing, and return what would be added."
    ),
    _header("Location", "URL of the import, which reports its progress.", [202]),
    _retry_after(),
]


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the API token in the Authorization header."""

    target_class = "techs.api.tokens.TokenAuthentication"
    name = "tokenAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        scheme: dict[str, Any] = build_bearer_security_scheme_object("Authorization", self.target.keyword)
        return scheme


class SubscriptionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the feed token in the URL of an export."""

    target_class = "techs.exports.feed_tokens.SubscriptionAuthentication"
    name = "subscription"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "query",
            "name": "token",
            "description": "A feed token, created on the Subscribe page.",
        }


class DocumentSchema(AutoSchema):
    """Describes an export by its document."""

    view: Any

    def get_operation_id(self) -> str:
        return _EXPORT + str(self.view.document.name)

    def get_summary(self) -> str:
        return f"Export: {self.view.document.title}"

    def get_override_parameters(self) -> list[Any]:
        return [*FILTER_PARAMETERS, *WHOLE_LIST_PARAMETERS]

    def get_response_serializers(self) -> Any:
        media_type = self.view.document.content_type
        # Text rather than binary, with which some generated clients fail.
        content = JsonTechOutput(many=True) if media_type == "application/json" else OpenApiTypes.STR
        return {(200, media_type): content, 304: None} | problems(400, 429, 503)


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Post-process the description: titles, links, refused logins, unknown fields and empty parameters."""
    if settings.ACCESS == "login":
        _add_refused_logins(result)
    for name in _WITHOUT_UNKNOWN_FIELDS:
        result["components"]["schemas"][name]["additionalProperties"] = False
    operations = {name: each for path in result["paths"].values() for name, each in _operations(path)}
    for name, operation in operations.items():
        group, title = _TITLES.get(name) or (_EXPORTS, operation["summary"])
        operation |= {"tags": [group], "summary": title}
    result["tags"] = [{"name": group} for group in (_LIST, _VIEWS, _IMPORTS, _SERVICES, _ACTIVITY, _EXPORTS, _ORIGINAL)]
    filtered = (each for name, each in operations.items() if name in _FILTERED or name.startswith(_EXPORT))
    for parameter in (parameter for operation in filtered for parameter in operation["parameters"]):
        if parameter["in"] == "query":
            parameter["allowEmptyValue"] = True  # browsers send blank fields of a form as empty
    _link(operations["techs_create"], 202, "submission", "submissions_retrieve", uuid="$response.body#/submission/id")
    _link(operations["imports_create"], 202, "import", "imports_retrieve", uuid="$response.body#/import/id")
    for name in ("techs_retrieve", "techs_partial_update", "techs_destroy"):
        _link(operations["submissions_retrieve"], 200, name, name, id="$response.body#/tech/id")
    return result


def name_server(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Name the path below which Techlist runs, if it is not the root of its host."""
    prefix = get_script_prefix().rstrip("/")
    return result | {"servers": [{"url": prefix}]} if prefix else result


def _add_refused_logins(result: dict[str, Any]) -> None:
    for path in result["paths"].values():
        for method, operation in path.items():
            for status in (401,) if method == "get" else (401, 403):
                content = {"application/json": {"schema": _PROBLEM}}
                operation["responses"][str(status)] = {"content": content, "description": _PROBLEMS[status]}


def _operations(path: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    return ((operation["operationId"], operation) for operation in path.values())


def _link(operation: dict[str, Any], status: int, name: str, target: str, **parameters: str) -> None:
    links = operation["responses"][str(status)].setdefault("links", {})
    links[name] = {"operationId": target, "parameters": parameters}
