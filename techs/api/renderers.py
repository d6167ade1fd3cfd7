"""Renderer of the browsable API, and the choice of renderers."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer
from rest_framework.request import Request

_WITHOUT_BODY = ("DELETE", "OPTIONS")


class StrictBrowsableAPIRenderer(BrowsableAPIRenderer):
    """The browsable API: techs/templates/rest_framework/api.html, without forms that have a field for each value."""

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Request) -> Any:
        """Return True if the method is allowed and has no body. Bodies are JSON, in the forms for raw data."""
        return super().get_rendered_html_form(data, view, method, request) if method in _WITHOUT_BODY else None

    def get_breadcrumbs(self, request: Request) -> list[tuple[str, str]]:
        crumbs = super().get_breadcrumbs(request)
        return [(name, url) for name, url in crumbs if url.endswith("/") or url == request.path]


class QuickNegotiation(DefaultContentNegotiation):
    """REST framework's negotiation, without parsing the header of programs that accept the first renderer's format."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> Any:
        first = next(iter(renderers))
        is_simple = request.META.get("HTTP_ACCEPT", "*/*") in ("*/*", first.media_type)
        if is_simple and not format_suffix and "format" not in request.GET:
            return first, first.media_type
        return super().select_renderer(request, renderers, format_suffix)
