"""API views for bulk changes and for undo."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from techs.api.bulk_serializers import BulkInput, BulkOutput, UndoInput, UndoOutput
from techs.api.schema import READ_PROBLEMS, RETRY_HEADERS, WRITE_PROBLEMS, problems
from techs.inventory import bulk_changes, undo
from techs.models import Action, Tech

_TOO_LATE = "This can no longer be undone. The time is up, or somebody has already undone it."


class BulkView(GenericAPIView[Any]):
    """Change or remove technologies in bulk."""

    name = "Bulk"
    queryset = Tech.objects.all()
    serializer_class = BulkInput
    pagination_class = None

    @extend_schema(
        operation_id="techs_bulk",
        parameters=RETRY_HEADERS,
        responses={200: BulkOutput} | problems(409, *WRITE_PROBLEMS),
    )
    def post(self, request: Request) -> Response:
        """Change or remove technologies as one action that can be undone, and report those that were skipped."""
        given = BulkInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        techs = values["ids"] if "ids" in values else bulk_changes.matching(values["query"])
        report = bulk_changes.apply(techs, values["change"], seen_at=values.get("unchanged_since"))
        return Response(BulkOutput(report, context={"request": request}).data)


class UndoView(GenericAPIView[Action]):
    """Undo an action."""

    name = "Undo"
    queryset = Action.objects.all()
    serializer_class = UndoInput

    @extend_schema(
        operation_id="activity_undo",
        parameters=RETRY_HEADERS,
        responses={200: UndoOutput} | problems(404, 409, *WRITE_PROBLEMS, *READ_PROBLEMS),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Undo all changes of an action of the last day or, if one of them cannot be undone, none: 409."""
        given = UndoInput(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            undone = undo.undo(pk, partly=given.validated_data.get("partly", False))
        except (Action.DoesNotExist, Tech.DoesNotExist) as error:
            raise NotFound(_TOO_LATE) from error
        return Response(UndoOutput(undone).data)
