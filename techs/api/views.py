"""API views. They parse requests and build responses; techs.inventory and techs.submissions do the work."""

import json
import time
from collections.abc import Callable
from itertools import chain
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from techs import cache
from techs.api.conditional import content_headers, not_modified
from techs.api.errors import TooManyWaiting
from techs.api.keeping import keep, stream
from techs.api.parsers import idempotency_key
from techs.api.schema import (
    ACCEPTED_OUTPUT,
    LIST_OUTPUT,
    LIST_PARAMETERS,
    MESSAGE_OUTPUT,
    READ_PROBLEMS,
    RETRY_HEADERS,
    WHOLE_LIST_OUTPUT,
    WHOLE_LIST_PARAMETERS,
    WRITE_PARAMETERS,
    WRITE_PROBLEMS,
    problems,
)
from techs.api.serializers import OriginalInput, StateOutput, SubmissionInput, SubmissionOutput, TechEdit
from techs.cache import RenderedPage
from techs.inventory import editing, reads
from techs.inventory.queries import ListQuery
from techs.inventory.serializers import BriefTechOutput, TechDetailOutput
from techs.models import Submission, Tech
from techs.submissions import outbox, overload


class TechListView(GenericAPIView[Any]):
    """The list of technologies, worst first. POST adds one."""

    name = "Technologies"
    # For the browsable API and the schema. Never evaluated, so a cached read runs no query.
    queryset = Tech.objects.all()
    serializer_class = SubmissionInput
    pagination_class = None

    @extend_schema(
        operation_id="techs_list",
        parameters=LIST_PARAMETERS,
        responses={200: LIST_OUTPUT, 304: None} | problems(400, *READ_PROBLEMS),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return one page of the list."""
        query = ListQuery.from_params(request.query_params)
        page, is_cached = reads.read_page(query)
        head = {
            "isCached": is_cached,
            "count": page.count,
            "countIsLowerBound": page.is_count_lower_bound,
            "next": self._link(query, page.next),
            "previous": self._link(query, page.previous),
        }
        return respond(request, page, head)

    @extend_schema(
        operation_id="techs_create",
        parameters=WRITE_PARAMETERS,
        responses={202: ACCEPTED_OUTPUT} | problems(*WRITE_PROBLEMS),
    )
    def post(self, request: Request) -> Response:
        """Accept a technology. It is assessed within moments, and the submission's url reports the result."""
        submission, url = accept(request, SubmissionInput)
        body = {
            "message": f"Accepted: {submission.text}.",
            "submission": {"id": str(submission.uuid), "state": submission.public_state, "url": url},
        }
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": url})

    def _link(self, query: ListQuery, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        return self.request.build_absolute_uri(f"{self.request.path}?{urlencode(query.params(cursor), doseq=True)}")


class StateView(GenericAPIView[Any]):
    """The state of the list, by which programs and open pages notice changes."""

    name = "State"
    # Nothing to query.
    queryset = Tech.objects.none()
    serializer_class = StateOutput
    pagination_class = None

    @extend_schema(
        operation_id="state_retrieve",
        parameters=WHOLE_LIST_PARAMETERS,
        responses={200: StateOutput, 304: None} | problems(*READ_PROBLEMS),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return an opaque text that changes with every change of the list. Without the cache, 503."""
        return respond_document(request, cache.read_state())


class TechDetailView(GenericAPIView[Tech]):
    """One technology."""

    name = "Technology"
    queryset = Tech.objects.all()
    serializer_class = TechEdit

    @extend_schema(
        operation_id="techs_retrieve",
        parameters=RETRY_HEADERS,
        responses={200: TechDetailOutput} | problems(404, *READ_PROBLEMS),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return a technology with the days until its end of life and its history."""
        return Response(TechDetailOutput(self.get_object()).data)

    @extend_schema(
        operation_id="techs_partial_update",
        parameters=RETRY_HEADERS,
        responses={200: TechDetailOutput} | problems(404, 409, *WRITE_PROBLEMS),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change the details of a technology, or correct its text unless services use it. It is reassessed at once."""
        tech = self.get_object()
        edit = TechEdit(tech, data=request.data, partial=True)
        edit.is_valid(raise_exception=True)
        try:
            tech = editing.edit(tech, by=_username(request), **edit.validated_data)
        except Tech.DoesNotExist as error:
            raise NotFound from error
        return Response(TechDetailOutput(tech).data)

    @extend_schema(
        operation_id="techs_destroy",
        parameters=RETRY_HEADERS,
        responses={204: None} | problems(404, 409, *READ_PROBLEMS),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Remove a technology from the list, unless services use it."""
        editing.remove(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class SubmissionView(GenericAPIView[Submission]):
    """The state of a submission."""

    name = "Submission"
    queryset = Submission.objects.select_related("tech")
    serializer_class = SubmissionOutput
    lookup_field = "uuid"

    @extend_schema(
        operation_id="submissions_retrieve",
        parameters=RETRY_HEADERS,
        responses={200: SubmissionOutput} | problems(404, *READ_PROBLEMS),
    )
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return the state: queued, done (every GET shows the technology) or failed (error has the reason)."""
        return Response(self.get_serializer(self.get_object()).data)


class WholeListView(GenericAPIView[Tech]):
    """GET /get, which reads the list in the original system."""

    name = "Get"
    queryset = Tech.objects.all()
    serializer_class = BriefTechOutput
    pagination_class = None

    @extend_schema(
        operation_id="get",
        parameters=WHOLE_LIST_PARAMETERS,
        responses={200: WHOLE_LIST_OUTPUT, 304: None} | problems(*READ_PROBLEMS),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return the whole list, worst first. isCached is false for a list that is too long for the cache."""
        page, is_cached = reads.read_whole()
        if page.is_long:
            return _stream_whole(request, page)
        return respond(request, page, {"isCached": is_cached})


class CreateView(GenericAPIView[Any]):
    """POST /create, which adds a technology in the original system."""

    name = "Create"
    queryset = Tech.objects.all()
    serializer_class = OriginalInput

    @extend_schema(
        operation_id="create",
        parameters=WRITE_PARAMETERS,
        responses={201: MESSAGE_OUTPUT} | problems(*WRITE_PROBLEMS),
    )
    def post(self, request: Request) -> Response:
        """Accept a technology, with the response of the original system."""
        submission, url = accept(request, OriginalInput)
        body = {"message": f"Accepted: {submission.text}."}
        return Response(body, status=status.HTTP_201_CREATED, headers={"Location": url})


def _stream_whole(request: Request, page: RenderedPage) -> HttpResponseBase:
    headers = content_headers(page.etag, vary="Accept, Accept-Encoding")
    if unchanged := not_modified(request, headers=headers):
        return keep(request, unchanged, page)
    parts = chain([b'{"isCached":false,"data":'], reads.render_whole(), [b"}"])
    return stream(request, parts, headers=headers | {"Content-Type": "application/json"})


def _username(request: Request) -> str:
    """Return who made the request; "" with open access."""
    return request.user.get_username() if request.user else ""


def accept(request: Request, rule: type[OriginalInput]) -> tuple[Submission, str]:
    """Commit the submission in the request's body, and return it with its URL.

    Invalid fields raise a 400, and too many waiting submissions a 429.
    """
    overload.pressure.was_asked = True
    if time.monotonic() < overload.pressure.refuses_until:
        raise TooManyWaiting(overload.pressure.retry_after)
    key = idempotency_key(request)
    submitted = rule(data=request.data)
    submitted.is_valid(raise_exception=True)
    submission = outbox.accept(**submitted.validated_data, idempotency_key=key)
    return submission, request.build_absolute_uri(reverse("techs:submission", args=[submission.uuid]))


def respond(request: Request, page: RenderedPage, head: dict[str, Any]) -> HttpResponseBase:
    """Wrap a rendered page in its envelope, by joining bytes."""
    envelope = json.dumps(head, separators=(",", ":")).encode()
    return respond_document(request, page, lambda: envelope[:-1] + b',"data":' + page.data + b"}")


def respond_document(request: Request, page: RenderedPage, body: Callable[[], bytes] | None = None) -> HttpResponseBase:
    """Send a rendered JSON document, the page itself or a body with it. For the browsable API, parse it again."""
    content = body or (lambda: page.data)
    if request.accepted_renderer.format != "json":
        # Without an ETag, because the page also shows the theme and the name of the visitor.
        return Response(json.loads(content()), headers=content_headers("", vary="Accept, Accept-Encoding, Cookie"))
    headers = content_headers(page.etag, vary="Accept, Accept-Encoding")
    response = not_modified(request, headers=headers)
    if response is None:
        response = HttpResponse(content(), content_type="application/json", headers=headers)
    return keep(request, response, page)
