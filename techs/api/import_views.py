"""API views of imports: accept a file or lines, and report progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from techs.api.parsers import FileParser, FormParser, NestedJSONParser, TextParser, idempotency_key
from techs.api.schema import (
    IMPORT_ACCEPTED_OUTPUT,
    IMPORT_INPUT,
    IMPORT_PARAMETERS,
    IMPORT_WRITE_PROBLEMS,
    READ_PROBLEMS,
    RETRY_HEADERS,
    problems,
)
from techs.api.serializers import ImportDryRunOutput, ImportInput, ImportOutput, OptionsInput, unknown_fields
from techs.api.upload_views import is_dry_run
from techs.imports import reading, service
from techs.imports.manifests import Manifest, ManifestError
from techs.imports.repeats import IdempotencyKey
from techs.imports.service import Progress
from techs.models import Import
from techs.rules.attributes import OPTIONS, TechAttributes, split_tags

OTHER_SITE = "Pages on other sites may not import files."

# Additional fields in forms of the browsable API.
_FORM_FIELDS = {"csrfmiddlewaretoken"}

_BOOLEANS = {"true": True, "false": False}


class ImportListView(GenericAPIView[Any]):
    """Add technologies in bulk, from a file or from lines."""

    name = "Imports"
    queryset = Import.objects.all()
    serializer_class = ImportInput
    pagination_class = None
    parser_classes = [NestedJSONParser, FormParser, FileParser, TextParser]

    @extend_schema(
        operation_id="imports_create",
        request=IMPORT_INPUT,
        parameters=IMPORT_PARAMETERS,
        responses={200: ImportDryRunOutput, 202: IMPORT_ACCEPTED_OUTPUT} | problems(*IMPORT_WRITE_PROBLEMS),
    )
    def post(self, request: Request) -> Response:
        """Accept all technologies in a file or a list of lines, or reject the whole request.

        With dry_run=1, store nothing, and return how each line was understood.
        """
        if _is_from_another_site(request):
            raise PermissionDenied(OTHER_SITE)
        field, name, content, attributes = _content(request)
        if is_dry_run(request):
            manifest = _parsed(field, name, content)
            with _explaining(field):
                return Response(ImportDryRunOutput(service.foresee(manifest, attributes=attributes)).data)
        value = idempotency_key(request)
        key = IdempotencyKey.of(value, content, name=name, attributes=attributes) if value else None
        batch = key.find() if key else None
        if batch is None:
            batch = service.accept(_parsed(field, name, content), name=name, attributes=attributes, key=key)
        url = request.build_absolute_uri(reverse("techs:import", args=[batch.uuid]))
        body = {
            "message": f"Accepted: {batch.total} of {batch.total + batch.skipped} lines.",
            "import": {"id": str(batch.uuid), "state": Progress.of(batch).state, "url": url},
        }
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": url})


class ImportView(GenericAPIView[Import]):
    """The progress of an import."""

    name = "Import"
    queryset = Import.objects.all()
    serializer_class = ImportOutput
    lookup_field = "uuid"

    @extend_schema(
        operation_id="imports_retrieve",
        parameters=RETRY_HEADERS,
        responses={200: ImportOutput} | problems(404, *READ_PROBLEMS),
    )
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return the progress. state is queued until every line is on the list, failed or skipped, and then done."""
        return Response(ImportOutput(service.standing(self.get_object())).data)


@contextmanager
def _explaining(field: str) -> Iterator[None]:
    """Answer 400 for a file that cannot be read, or takes too long."""
    try:
        yield
    except ManifestError as error:
        raise ValidationError({field: [str(error)]}) from error


def _parsed(field: str, name: str, content: bytes) -> Manifest:
    with _explaining(field):
        manifest = reading.read(name, content)
    if not manifest.entries:
        raise ValidationError({field: manifest.why_empty})
    return manifest


def _content(request: Request) -> tuple[str, str, bytes, TechAttributes]:
    """Return the name of the field in error messages, and the name, content and attributes that were sent."""
    data = request.data
    if isinstance(data, bytes):
        return "file", request.query_params.get("name", ""), data, TechAttributes()
    if isinstance(data, QueryDict):
        file = request.FILES.get("file")
        problems = unknown_fields(data.keys() - _FORM_FIELDS, known=["file", *OPTIONS])
        if file is None:
            problems["file"] = ["Attach a file to this field."]
        if file is None or problems:
            raise ValidationError(problems)
        attributes = TechAttributes.from_stored(_validated(OptionsInput(data=_options(data))))
        return "file", file.name or "", file.read(), attributes
    validated = _validated(ImportInput(data=data))
    content = "\n".join(validated.pop("lines")).encode()
    return "lines", "", content, TechAttributes.from_stored(validated)


def _validated(serializer: OptionsInput) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


# Forms send strings only, and an empty string for a blank field.
def _options(form: QueryDict) -> dict[str, Any]:
    fields = {name: form.get(name) for name in ("impact", "owner", "extended_support", "note")}
    attributes: dict[str, Any] = {name: value for name, value in fields.items() if value and not _is_blank(value)}
    if "extended_support" in attributes:
        attributes["extended_support"] = _BOOLEANS.get(attributes["extended_support"], attributes["extended_support"])
    if tags := [tag for typed in form.getlist("tags") for tag in _tags(typed)]:
        attributes["tags"] = tags
    return attributes


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


# A file sent as tags is passed on, so that clean_tags() rejects it.
def _tags(typed: Any) -> list[Any]:
    return split_tags(typed) if isinstance(typed, str) else [typed]


def _is_from_another_site(request: HttpRequest | Request) -> bool:
    """Detect cross-site posts. Any page can make a browser post a form, file or text; only JSON needs a preflight."""
    origin = request.headers.get("Origin")
    if origin is None or request.content_type == "application/json":
        return False
    trusted = {*settings.CORS_ALLOWED_ORIGINS, *settings.CSRF_TRUSTED_ORIGINS}
    return origin not in trusted and urlsplit(origin).netloc != request.get_host()
