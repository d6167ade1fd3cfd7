"""Exports: the whole list as documents, at addresses to which other programs can subscribe."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.urls import get_script_prefix
from django.utils.datastructures import MultiValueDict
from django.utils.http import content_disposition_header
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.settings import api_settings

from techs.api.conditional import content_headers, not_modified
from techs.api.keeping import keep, stream
from techs.api.schema import DocumentSchema
from techs.exports import documents
from techs.exports.documents import Document
from techs.exports.feed_tokens import SubscriptionAuthentication
from techs.inventory.queries import ListQuery
from techs.models import Tech

# Parameters of pages, which are meaningless for the whole list.
_PAGE_PARAMS = {"cursor", "page_size"}


# With open access, nobody has to log in, and a token is just another unknown parameter.
_AUTHENTICATION: list[Any] = []
if settings.ACCESS == "login":
    _AUTHENTICATION = [SubscriptionAuthentication, *api_settings.DEFAULT_AUTHENTICATION_CLASSES]


class FixedFormat(BaseContentNegotiation):
    """Ignores the Accept header, since the address determines the format."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class DocumentView(GenericAPIView[Tech]):
    """The list as one document, worst first."""

    queryset = Tech.objects.all()
    pagination_class = None
    renderer_classes = [JSONRenderer]
    content_negotiation_class = FixedFormat
    schema = DocumentSchema()
    authentication_classes = _AUTHENTICATION
    document: Document = documents.CSV

    def get(self, request: Request) -> HttpResponseBase:
        """Return the filtered list as one document, worst first."""
        query, site = _query(request), request.build_absolute_uri(get_script_prefix())
        page, _ = documents.read(self.document, query, site=site)
        headers = content_headers(page.etag, vary="Accept-Encoding")
        if unchanged := not_modified(request, headers=headers):
            return keep(request, unchanged, page)
        name = content_disposition_header(self.document.is_download, self.document.filename_for(query))
        headers["Content-Disposition"] = name or ""
        headers["Content-Type"] = _with_charset(self.document.content_type)
        if page.is_long:
            return stream(request, self.document.render(query, site), headers=headers)
        content = self.document.for_url(request.build_absolute_uri(), page.data)
        return keep(request, HttpResponse(content, headers=headers), page)


def _query(request: Request) -> ListQuery:
    params = {name: values for name, values in request.query_params.lists() if name not in _PAGE_PARAMS}
    return ListQuery.from_params(MultiValueDict(params))


# All documents are UTF-8. JSON and XML need no charset: JSON is always UTF-8, and XML declares its encoding.
def _with_charset(content_type: str) -> str:
    return f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type
