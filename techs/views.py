"""The API. Views parse, call and respond; what happens is in cache, submissions and assessments."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.urls import reverse
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from techs import assessments, cache, submissions
from techs.cache import RenderedPage
from techs.listing import ORDERINGS, ListQuery
from techs.models import Submission, Tech
from techs.serializers import BriefTechOutput, SubmissionInput, SubmissionOutput, TechDetailOutput, TechEdit, TechOutput

IDEMPOTENCY_KEY_MAX_LENGTH = 255

LIST_OUTPUT = inline_serializer(
    "TechList",
    {
        "isCached": serializers.BooleanField(),
        "count": serializers.IntegerField(),
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
            {"id": serializers.UUIDField(), "state": serializers.CharField(), "url": serializers.URLField()},
        ),
    },
)
MESSAGE_OUTPUT = inline_serializer("Message", {"message": serializers.CharField()})
ERROR_OUTPUT = OpenApiResponse(description="{detail: text} or {field: [texts]}")
LIST_PARAMETERS = [
    OpenApiParameter("q", str, description="Part of a name or product."),
    OpenApiParameter("priority", str, description="One or more levels, separated by commas."),
    OpenApiParameter("ordering", str, enum=list(ORDERINGS), description="priority is worst first, then name."),
    OpenApiParameter("page_size", int, description="1 to 500, 100 if left out."),
    OpenApiParameter("cursor", str, description="From next or previous."),
]
IDEMPOTENCY_PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    str,
    location=OpenApiParameter.HEADER,
    description="The same key gives the same submission, however often it is sent.",
)


class TechListView(GenericAPIView[Any]):
    """The list, worst first, and the way onto it."""

    # Declared for the browsable API and the schema. It stays lazy: a cached read runs no query.
    queryset = Tech.objects.all()
    serializer_class = SubmissionInput
    pagination_class = None

    @extend_schema(parameters=LIST_PARAMETERS, responses={200: LIST_OUTPUT, 400: ERROR_OUTPUT, 503: ERROR_OUTPUT})
    def get(self, request: Request) -> HttpResponseBase:
        """One page of the list, from the cache if it is there."""
        query = ListQuery.from_params(request.query_params)
        page, is_cached = cache.read(query)
        head = {
            "isCached": is_cached,
            "count": page.count,
            "next": self._link(query, page.next),
            "previous": self._link(query, page.previous),
        }
        return respond(request, page, head)

    @extend_schema(
        parameters=[IDEMPOTENCY_PARAMETER],
        responses={202: ACCEPTED_OUTPUT, 400: ERROR_OUTPUT, 413: ERROR_OUTPUT, 415: ERROR_OUTPUT, 503: ERROR_OUTPUT},
    )
    def post(self, request: Request) -> Response:
        """Accept a technology. It is assessed in a moment; the submission's url tells when."""
        submission = accept(request)
        url = submission_url(request, submission)
        body = {
            "message": f"Accepted: {submission.text}.",
            "submission": {"id": str(submission.uuid), "state": submission.public_state, "url": url},
        }
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": url})

    def _link(self, query: ListQuery, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        return self.request.build_absolute_uri(f"{self.request.path}?{urlencode(query.params(cursor))}")


class TechDetailView(GenericAPIView[Tech]):
    """One technology."""

    queryset = Tech.objects.all()
    serializer_class = TechEdit

    @extend_schema(responses={200: TechDetailOutput, 404: ERROR_OUTPUT})
    def get(self, request: Request, pk: int) -> Response:
        """The technology as the list shows it, with days left and changes of level."""
        return Response(TechDetailOutput(self.get_object()).data)

    @extend_schema(responses={200: TechDetailOutput, 400: ERROR_OUTPUT, 404: ERROR_OUTPUT, 503: ERROR_OUTPUT})
    def patch(self, request: Request, pk: int) -> Response:
        """Change what the team says of it, or correct its text; the level follows at once."""
        tech = self.get_object()
        edit = TechEdit(tech, data=request.data, partial=True)
        edit.is_valid(raise_exception=True)
        try:
            tech = assessments.edit(tech, **edit.validated_data)
        except Tech.DoesNotExist as error:
            raise NotFound from error
        return Response(TechDetailOutput(tech).data)

    @extend_schema(responses={204: None, 404: ERROR_OUTPUT, 503: ERROR_OUTPUT})
    def delete(self, request: Request, pk: int) -> Response:
        """Take the technology off the list."""
        assessments.remove(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class SubmissionView(GenericAPIView[Submission]):
    """Where a submission stands."""

    queryset = Submission.objects.select_related("tech")
    serializer_class = SubmissionOutput
    lookup_field = "uuid"

    @extend_schema(responses={200: SubmissionOutput, 404: ERROR_OUTPUT})
    def get(self, request: Request, uuid: UUID) -> Response:
        """queued, done (then the next GET of the list shows it) or failed (then error says why)."""
        return Response(self.get_serializer(self.get_object()).data)


class WholeListView(GenericAPIView[Tech]):
    """GET /get, the original system's read."""

    queryset = Tech.objects.all()
    serializer_class = BriefTechOutput
    pagination_class = None

    @extend_schema(responses={200: WHOLE_LIST_OUTPUT, 503: ERROR_OUTPUT})
    def get(self, request: Request) -> HttpResponseBase:
        """The list at once, worst first, up to 10,000 technologies."""
        page, is_cached = cache.read_whole()
        return respond(request, page, {"isCached": is_cached})


class CreateView(GenericAPIView[Any]):
    """POST /create, the original system's write."""

    queryset = Tech.objects.all()
    serializer_class = SubmissionInput

    @extend_schema(
        parameters=[IDEMPOTENCY_PARAMETER],
        responses={201: MESSAGE_OUTPUT, 400: ERROR_OUTPUT, 413: ERROR_OUTPUT, 415: ERROR_OUTPUT, 503: ERROR_OUTPUT},
    )
    def post(self, request: Request) -> Response:
        """Accept a technology, and answer as the original did."""
        submission = accept(request)
        headers = {"Location": submission_url(request, submission)}
        return Response({"message": f"Accepted: {submission.text}."}, status=status.HTTP_201_CREATED, headers=headers)


def accept(request: Request) -> Submission:
    """The submission that a POST asks for. Raises a 400 with the field's name."""
    submitted = SubmissionInput(data=request.data)
    submitted.is_valid(raise_exception=True)
    try:
        return submissions.accept(**submitted.validated_data, idempotency_key=_idempotency_key(request))
    except submissions.IdempotencyKeyReused as error:
        message = "This key was used before, for something else. Send a new one."
        raise ValidationError({"Idempotency-Key": [message]}) from error


def submission_url(request: Request, submission: Submission) -> str:
    """Where a client may ask how the submission stands."""
    return request.build_absolute_uri(reverse("techs:submission", args=[submission.uuid]))


def respond(request: Request, page: RenderedPage, head: dict[str, Any]) -> HttpResponseBase:
    """The page in its envelope: the rendered rows as they are for JSON, parsed again for the browsable API."""
    form = request.accepted_renderer.format
    tag = page.etag if form == "json" else f"{page.etag}-{form}"
    etag = f'W/"{tag}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
    if _is_known(tag, request.headers.get("If-None-Match", "")):
        return HttpResponseNotModified(headers=headers)
    if form == "json":
        envelope = json.dumps(head, separators=(",", ":")).encode()
        body = envelope[:-1] + b',"data":' + page.data + b"}"
        return HttpResponse(body, content_type="application/json", headers=headers)
    return Response(head | {"data": json.loads(page.data)}, headers=headers)


def _is_known(etag: str, if_none_match: str) -> bool:
    """Whether the client has this page. Weakly compared, for a proxy may have changed the mark."""
    known = {tag.removeprefix("W/") for tag in parse_etags(if_none_match)}
    return bool(known & {f'"{etag}"', "*"})


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_MAX_LENGTH or not key.isascii() or not key.isprintable():
        message = f"Send 1 to {IDEMPOTENCY_KEY_MAX_LENGTH} printable ASCII characters."
        raise ValidationError({"Idempotency-Key": [message]})
    return key
