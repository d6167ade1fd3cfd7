"""The API of imports: a file, or lines, become submissions; and how far that is."""

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
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from techs.api import idempotency
from techs.api.parsers import FileParser, NestedJSONParser, TextParser
from techs.api.schema import (
    IMPORT_ACCEPTED_OUTPUT,
    IMPORT_INPUT,
    IMPORT_PARAMETERS,
    IMPORT_WRITE_PROBLEMS,
    READ_PROBLEMS,
    RETRY_HEADERS,
    problems,
)
from techs.api.serializers import ImportInput, ImportOutput, OptionsInput, unknown_fields
from techs.imports import service
from techs.imports.manifests import Manifest, ManifestError, read
from techs.imports.service import Progress
from techs.models import Import
from techs.rules.attributes import OPTIONS, TechAttributes, split_tags

OTHER_SITE = "A page of another site may not send files here."

# What the forms of the browsable API send along.
_OF_BROWSERS = {"csrfmiddlewaretoken"}

_TRUTHS = {"true": True, "false": False}


class ImportListView(GenericAPIView[Any]):
    """The way for many at once."""

    name = "Imports"
    queryset = Import.objects.all()
    serializer_class = ImportInput
    pagination_class = None
    parser_classes = [NestedJSONParser, MultiPartParser, FileParser, TextParser]

    @extend_schema(
        operation_id="imports_create",
        request=IMPORT_INPUT,
        parameters=IMPORT_PARAMETERS,
        responses={202: IMPORT_ACCEPTED_OUTPUT} | problems(*IMPORT_WRITE_PROBLEMS),
    )
    def post(self, request: Request) -> Response:
        """Accept the technologies of a file or of lines. All of them are kept, or the whole is refused."""
        if _is_from_another_site(request):
            raise PermissionDenied(OTHER_SITE)
        name, manifest, attributes = _given(request)
        key = idempotency.key_of(request)
        batch = service.accept(manifest, name=name, attributes=attributes, idempotency_key=key)
        url = request.build_absolute_uri(reverse("techs:import", args=[batch.uuid]))
        body = {
            "message": f"Accepted: {batch.total} of {batch.total + batch.skipped} lines.",
            "import": {"id": str(batch.uuid), "state": Progress.of(batch).state, "url": url},
        }
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": url})


class ImportView(GenericAPIView[Import]):
    """Where an import stands."""

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
        """queued, or done: then every line is on the list, or failed or skipped with its reason."""
        return Response(ImportOutput(service.standing(self.get_object())).data)


def _given(request: Request) -> tuple[str, Manifest, TechAttributes]:
    """The name of what was sent, what is in it, and what is said of it. Raises a 400 with the field's name."""
    field, name, content, attributes = _content(request)
    try:
        manifest = read(name, content)
    except ManifestError as error:
        raise ValidationError({field: [str(error)]}) from error
    if not manifest.entries:
        raise ValidationError({field: manifest.why_empty})
    return name, manifest, attributes


def _content(request: Request) -> tuple[str, str, bytes, TechAttributes]:
    """Field, name and content, in each of the forms in which they may come; and what is said of all lines."""
    data = request.data
    if isinstance(data, bytes):
        return "file", request.query_params.get("name", ""), data, TechAttributes()
    if isinstance(data, QueryDict):
        file = request.FILES.get("file")
        problems = unknown_fields(data.keys() - _OF_BROWSERS, known=["file", *OPTIONS])
        if file is None:
            problems["file"] = ["Send a file under this name."]
        if file is None or problems:
            raise ValidationError(problems)
        attributes = TechAttributes.from_stored(_validated(OptionsInput(data=_options(data))))
        return "file", file.name or "", file.read(), attributes
    given = _validated(ImportInput(data=data))
    content = "\n".join(given.pop("lines")).encode()
    return "lines", "", content, TechAttributes.from_stored(given)


def _validated(given: OptionsInput) -> dict[str, Any]:
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _options(form: QueryDict) -> dict[str, Any]:
    """The options of a form, as JSON has them: in a form all are texts, and a field that nobody filled in is empty."""
    given = {name: form.get(name) for name in ("impact", "owner", "extended_support")}
    attributes: dict[str, Any] = {name: value for name, value in given.items() if value and not _is_blank(value)}
    if "extended_support" in attributes:
        attributes["extended_support"] = _TRUTHS.get(attributes["extended_support"], attributes["extended_support"])
    if tags := [tag for typed in form.getlist("tags") for tag in _tags(typed)]:
        attributes["tags"] = tags
    return attributes


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _tags(typed: Any) -> list[Any]:
    """The tags in one field of a form. A file under that name is none, and is refused as such."""
    return split_tags(typed) if isinstance(typed, str) else [typed]


def _is_from_another_site(request: HttpRequest | Request) -> bool:
    """A form of any page can make a browser send a file or a text here; JSON it must ask for first (CORS)."""
    origin = request.headers.get("Origin")
    if origin is None or request.content_type == "application/json":
        return False
    trusted = {*settings.CORS_ALLOWED_ORIGINS, *settings.CSRF_TRUSTED_ORIGINS}
    return origin not in trusted and urlsplit(origin).netloc != request.get_host()
