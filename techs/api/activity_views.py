"""API views of the activity: who changed what and when."""

from collections.abc import Sequence
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from techs.api.activity_schema import ACTIVITY_PAGE, CHANGES_PARAMETERS, FILTER_PARAMETERS, LIST_PARAMETERS
from techs.api.activity_serializers import ActionDetailOutput, ActionOutput
from techs.api.export_views import FixedFormat
from techs.api.schema import READ_PROBLEMS, problems
from techs.exports import activity_csv
from techs.inventory import activity_reads
from techs.inventory.activity_queries import ActivityQuery, Place
from techs.inventory.activity_reads import Entry, Existing
from techs.models import Action, Change


class ActivityView(GenericAPIView[Any]):
    """The actions of people and programs, newest first."""

    name = "Activity"
    queryset = Action.objects.all()
    serializer_class = ActionOutput
    pagination_class = None

    @extend_schema(
        operation_id="activity_list",
        parameters=LIST_PARAMETERS,
        responses={200: ACTIVITY_PAGE} | problems(400, *READ_PROBLEMS),
    )
    def get(self, request: Request) -> Response:
        """Return one page of actions, newest first. Each has up to 50 changes that match tech and service."""
        page = activity_reads.select(ActivityQuery.from_params(request.query_params))
        changes = [change for entry in page.entries for change in entry.changes]
        rows = ActionOutput(page.entries, many=True, context=_context(request, changes))
        return Response({"next": _link(request, page.next), "data": rows.data})


class ActionView(GenericAPIView[Any]):
    """One action."""

    name = "Action"
    queryset = Action.objects.all()
    serializer_class = ActionDetailOutput

    @extend_schema(
        operation_id="activity_retrieve",
        parameters=CHANGES_PARAMETERS,
        responses={200: ActionDetailOutput} | problems(400, 404, *READ_PROBLEMS),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return an action with one page of its changes."""
        action = self.get_object()
        changes, place = activity_reads.select_changes(action, ActivityQuery.from_params(request.query_params))
        context = _context(request, changes) | {"next": _link(request, place)}
        return Response(ActionDetailOutput(Entry(action, changes), context=context).data)


class ActivityCsvView(GenericAPIView[Any]):
    """The activity as a CSV file, with one line for each changed field."""

    queryset = Action.objects.all()
    pagination_class = None
    renderer_classes = [JSONRenderer]
    content_negotiation_class = FixedFormat

    @extend_schema(
        operation_id="activity_csv",
        parameters=FILTER_PARAMETERS,
        responses={(200, "text/csv"): OpenApiTypes.STR} | problems(400, 429, 503),
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Return the newest 100,000 changed fields, one per line."""
        query = ActivityQuery.from_params(request.query_params)
        return StreamingHttpResponse(
            activity_csv.write(query),
            content_type="text/csv; charset=utf-8",
            headers={
                "Cache-Control": "private, no-cache",
                "Content-Disposition": content_disposition_header(as_attachment=True, filename=activity_csv.FILENAME),
            },
        )


def _context(request: Request, changes: Sequence[Change]) -> dict[str, Any]:
    return {"request": request, "existing": Existing.of(changes)}


def _link(request: Request, place: Place | None) -> str | None:
    """Return the address of the next page, with the same filters."""
    if place is None:
        return None
    params = request.query_params.copy()
    params["cursor"] = str(place)
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
