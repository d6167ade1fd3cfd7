"""API views of services and of technologies that left the list."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from techs.api.schema import READ_PROBLEMS, RETRY_HEADERS, WHOLE_LIST_PARAMETERS, WRITE_PROBLEMS, problems
from techs.api.service_schema import PAGE_PARAMETERS, RESOLVED_PAGE, RESOLVED_PARAMETERS, SERVICE_PAGE
from techs.api.service_serializers import (
    LifecyclesOutput,
    ResolvedOutput,
    ServiceDetailOutput,
    ServiceEdit,
    ServiceInput,
)
from techs.api.views import respond, respond_document
from techs.cache import RenderedPage
from techs.inventory import service_reads, services
from techs.inventory.service_reads import PageQuery, ResolvedQuery
from techs.models import Product, Resolved, Service
from techs.submissions import uploads_outbox


class ServiceListView(GenericAPIView[Any]):
    """The services of the team."""

    name = "Services"
    queryset = Service.objects.all()
    serializer_class = ServiceInput
    pagination_class = None

    @extend_schema(
        operation_id="services_list",
        parameters=PAGE_PARAMETERS,
        responses={200: SERVICE_PAGE, 304: None} | problems(400, *READ_PROBLEMS),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return one page of the services, by name."""
        query = PageQuery.from_params(request.query_params)
        return respond_page(request, service_reads.read_services(query), query)

    @extend_schema(
        operation_id="services_create",
        parameters=RETRY_HEADERS,
        responses={201: ServiceDetailOutput, 200: ServiceDetailOutput} | problems(*WRITE_PROBLEMS),
    )
    def post(self, request: Request) -> Response:
        """Create a service. The same name again returns the service as it is."""
        given = ServiceInput(data=request.data)
        given.is_valid(raise_exception=True)
        service, is_new = services.create(**given.validated_data)
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(service_reads.details(service.slug), status=code)


class ServiceView(GenericAPIView[Service]):
    """One service."""

    name = "Service"
    queryset = Service.objects.all()
    serializer_class = ServiceEdit
    lookup_field = "slug"

    @extend_schema(
        operation_id="services_retrieve",
        parameters=WHOLE_LIST_PARAMETERS,
        responses={200: ServiceDetailOutput, 304: None} | problems(404, *READ_PROBLEMS),
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Return a service with its technologies, versions and sources, and with its newest changes."""
        try:
            return respond_document(request, service_reads.read_service(slug))
        except Service.DoesNotExist as error:
            raise Http404 from error

    @extend_schema(
        operation_id="services_partial_update",
        parameters=RETRY_HEADERS,
        responses={200: ServiceDetailOutput, 202: ServiceDetailOutput} | problems(404, 409, *WRITE_PROBLEMS),
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change a service. 202 means that its technologies follow within moments."""
        service = get_object_or_404(Service, slug=slug)
        given = ServiceEdit(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return _respond_changed(services.change(service, **given.validated_data))

    @extend_schema(
        operation_id="services_destroy",
        parameters=RETRY_HEADERS,
        responses={202: ServiceDetailOutput} | problems(404, *READ_PROBLEMS),
    )
    def delete(self, request: Request, slug: str) -> Response:
        """Archive a service, and delete it after a day. Until then, a PATCH with archived: false restores it."""
        service = services.delete(get_object_or_404(Service, slug=slug))
        uploads_outbox.publish_changes(service)
        return Response(service_reads.details(slug), status=status.HTTP_202_ACCEPTED)


class ResolvedView(GenericAPIView[Any]):
    """The technologies that left the list with their last service, newest first."""

    name = "Resolved"
    queryset = Resolved.objects.all()
    serializer_class = ResolvedOutput
    pagination_class = None

    @extend_schema(
        operation_id="resolved_list",
        parameters=RESOLVED_PARAMETERS,
        responses={200: RESOLVED_PAGE, 304: None} | problems(400, *READ_PROBLEMS),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return one page of the technologies that left the list, newest first."""
        query = ResolvedQuery.from_params(request.query_params)
        return respond_page(request, service_reads.read_resolved(query), query)


class LifecyclesView(GenericAPIView[Any]):
    """The active lifecycle data as one document."""

    name = "Lifecycle data"
    queryset = Product.objects.all()
    serializer_class = LifecyclesOutput
    pagination_class = None

    @extend_schema(
        operation_id="lifecycles_retrieve",
        parameters=WHOLE_LIST_PARAMETERS,
        responses={200: LifecyclesOutput, 304: None} | problems(*READ_PROBLEMS),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return all products with their release cycles, in the format of endoflife.date's API."""
        return respond_document(request, service_reads.read_lifecycles())


def respond_page(request: Request, page: RenderedPage, query: PageQuery) -> HttpResponseBase:
    """Wrap a page in its envelope, with links to the pages before and after."""
    links = {
        name: request.build_absolute_uri(f"{request.path}?{urlencode(query.params(number), doseq=True)}")
        if number
        else None
        for name, number in (("next", page.next), ("previous", page.previous))
    }
    return respond(request, page, {"count": page.count, **links})


def _respond_changed(service: Service) -> Response:
    uploads_outbox.publish_changes(service)
    is_pending = service.recounted_to is not None
    code = status.HTTP_202_ACCEPTED if is_pending else status.HTTP_200_OK
    return Response(service_reads.details(service.slug), status=code)
