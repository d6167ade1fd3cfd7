"""API views of saved views."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from techs.api.saved_view_serializers import ViewEdit, ViewInput, ViewOutput
from techs.api.schema import READ_PROBLEMS, RETRY_HEADERS, WHOLE_LIST_PARAMETERS, WRITE_PROBLEMS, problems
from techs.api.views import respond
from techs.inventory import saved_views
from techs.models import SavedView

_LIST = inline_serializer("ViewList", {"count": serializers.IntegerField(), "data": ViewOutput(many=True)})


class ViewListView(GenericAPIView[Any]):
    """Saved views of the list, which everybody shares."""

    name = "Views"
    queryset = SavedView.objects.all()
    serializer_class = ViewInput
    pagination_class = None

    @extend_schema(
        operation_id="views_list",
        parameters=WHOLE_LIST_PARAMETERS,
        responses={200: _LIST, 304: None} | problems(*READ_PROBLEMS),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return all views by name."""
        page, _ = saved_views.read_views()
        return respond(request, page, {"count": page.count})

    @extend_schema(
        operation_id="views_create",
        parameters=RETRY_HEADERS,
        responses={201: ViewOutput, 200: ViewOutput} | problems(409, *WRITE_PROBLEMS),
    )
    def post(self, request: Request) -> Response:
        """Save a view. The same name and query again return the view as it is."""
        given = ViewInput(data=request.data)
        given.is_valid(raise_exception=True)
        view, is_new = saved_views.create(**given.validated_data)
        return Response(ViewOutput(view).data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


class ViewView(GenericAPIView[SavedView]):
    """One saved view."""

    name = "View"
    queryset = SavedView.objects.all()
    serializer_class = ViewEdit

    @extend_schema(
        operation_id="views_retrieve",
        parameters=RETRY_HEADERS,
        responses={200: ViewOutput} | problems(404, *READ_PROBLEMS),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return a view."""
        return Response(ViewOutput(self.get_object()).data)

    @extend_schema(
        operation_id="views_partial_update",
        parameters=RETRY_HEADERS,
        responses={200: ViewOutput} | problems(404, 409, *WRITE_PROBLEMS),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change the name or the query of a view, for everybody."""
        get_object_or_404(SavedView, pk=pk)
        given = ViewEdit(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        try:
            return Response(ViewOutput(saved_views.change(pk, **given.validated_data)).data)
        except SavedView.DoesNotExist as error:
            raise NotFound from error

    @extend_schema(
        operation_id="views_destroy",
        parameters=RETRY_HEADERS,
        responses={204: None} | problems(404, *READ_PROBLEMS),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Remove a view, for everybody."""
        try:
            saved_views.remove(pk)
        except SavedView.DoesNotExist as error:
            raise NotFound from error
        return Response(status=status.HTTP_204_NO_CONTENT)
