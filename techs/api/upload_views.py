"""API views of uploads: the sources of services."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from techs.api.parsers import RawParser
from techs.api.schema import READ_PROBLEMS, RETRY_HEADERS, WRITE_PROBLEMS, problems
from techs.api.service_schema import (
    ACCEPTED_UPLOAD,
    ACCEPTED_UPLOADS,
    COMPLETE_PARAMETERS,
    SOURCE_PARAMETERS,
    UNCHANGED_OR_DRY_RUN,
    UPLOAD_BODY,
    UPLOAD_PARAMETERS,
)
from techs.api.service_serializers import CompleteInput, UploadOutput
from techs.imports import upload_results, uploads
from techs.imports.manifests import ManifestError
from techs.imports.uploads import File
from techs.models import Service, ServiceSource, Upload
from techs.rules import services as rules
from techs.rules.attributes import InvalidAttribute

_LARGE = "large"
_DRY_RUN = {"1": True, "true": True, "0": False, "false": False}


class SourceView(GenericAPIView[Any]):
    """One source of a service. Each upload replaces the one before."""

    name = "Source"
    queryset = ServiceSource.objects.all()
    serializer_class = UploadOutput
    parser_classes = [RawParser]

    def get_object(self) -> ServiceSource:
        """Return the source in the address, for the browsable API."""
        return get_object_or_404(ServiceSource, service__slug=self.kwargs["slug"], name=self.kwargs["source"])

    @extend_schema(
        operation_id="sources_update",
        request=UPLOAD_BODY,
        parameters=UPLOAD_PARAMETERS,
        responses={200: UNCHANGED_OR_DRY_RUN, 202: ACCEPTED_UPLOAD} | problems(404, 409, *WRITE_PROBLEMS),
    )
    def put(self, request: Request, slug: str, source: str) -> Response:
        """Accept a file of any supported format, or, with dry_run=1, preview its changes.

        200 with an upload means that the source has this content already.
        """
        service, name = get_object_or_404(Service, slug=slug), _source_name(source)
        file = _file(request, name)
        try:
            if is_dry_run(request):
                return Response(upload_results.of_dry_run(service, name, file))
            upload, is_new = uploads.accept(service, name, file, is_confirmed=_is_confirmed(request))
        except ManifestError as error:
            raise ValidationError({"file": [str(error)]}) from error
        code = status.HTTP_202_ACCEPTED if is_new else status.HTTP_200_OK
        return Response({"upload": accepted(request, upload)}, status=code)

    @extend_schema(
        operation_id="sources_destroy",
        parameters=SOURCE_PARAMETERS,
        responses={202: ACCEPTED_UPLOAD} | problems(404, 409, *READ_PROBLEMS),
    )
    def delete(self, request: Request, slug: str, source: str) -> Response:
        """End a source: its technologies leave the service, and then the source itself."""
        try:
            upload = uploads.remove(get_object_or_404(Service, slug=slug), source)
        except ServiceSource.DoesNotExist as error:
            raise Http404 from error
        return Response({"upload": accepted(request, upload)}, status=status.HTTP_202_ACCEPTED)


class CompleteView(GenericAPIView[Any]):
    """The end of a push: sources of its origin that are not named are emptied."""

    name = "Complete"
    queryset = Service.objects.all()
    serializer_class = CompleteInput

    @extend_schema(
        operation_id="services_complete",
        parameters=COMPLETE_PARAMETERS,
        responses={202: ACCEPTED_UPLOADS} | problems(404, 409, *WRITE_PROBLEMS),
    )
    def post(self, request: Request, slug: str) -> Response:
        """Empty the sources of an origin that are not named, because their files are gone."""
        service = get_object_or_404(Service, slug=slug)
        given = CompleteInput(data=request.data)
        given.is_valid(raise_exception=True)
        names, origin = given.validated_data["sources"], given.validated_data["origin"]
        emptied = uploads.complete(service, origin=origin, names=names, is_confirmed=_is_confirmed(request))
        body = {"uploads": [accepted(request, upload) for upload in emptied]}
        return Response(body, status=status.HTTP_202_ACCEPTED)


class UploadView(GenericAPIView[Upload]):
    """The state and the changes of an upload."""

    name = "Upload"
    queryset = Upload.objects.select_related("service", "source")
    serializer_class = UploadOutput

    @extend_schema(
        operation_id="uploads_retrieve",
        parameters=RETRY_HEADERS,
        responses={200: UploadOutput} | problems(404, *READ_PROBLEMS),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return the state: queued, done (every GET shows the changes), failed, or superseded by a newer upload."""
        return Response(UploadOutput(upload_results.of_upload(self.get_object())).data)


def accepted(request: Request, upload: Upload) -> dict[str, Any]:
    url = request.build_absolute_uri(reverse("techs:upload", args=[upload.pk]))
    return {"id": upload.pk, "state": upload.public_state, "url": url}


def _file(request: Request, source_name: str) -> File:
    params = request.query_params
    content = request.data if isinstance(request.data, bytes) else b""
    return File(
        params.get("name") or source_name,
        content,
        origin=_cleaned("origin", rules.clean_origin, params["origin"]) if "origin" in params else "",
        ref=_cleaned("ref", rules.clean_ref, params.get("ref", "")),
    )


def _source_name(text: str) -> str:
    return _cleaned("source", rules.clean_source_name, text)


def _cleaned(field: str, rule: Any, text: str) -> str:
    try:
        return str(rule(text))
    except InvalidAttribute as error:
        raise ValidationError({field: [str(error)]}) from error


def is_dry_run(request: Request) -> bool:
    given = request.query_params.get("dry_run", "0").lower()
    if given not in _DRY_RUN:
        raise ValidationError({"dry_run": ["Leave this out, or use 1."]})
    return _DRY_RUN[given]


def _is_confirmed(request: Request) -> bool:
    confirm = request.query_params.get("confirm", "")
    if confirm not in ("", _LARGE):
        raise ValidationError({"confirm": [f"Leave this out, or use {_LARGE}."]})
    return confirm == _LARGE
