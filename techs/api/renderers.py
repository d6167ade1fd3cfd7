"""Renderer of the browsable API."""

from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request


class StrictBrowsableAPIRenderer(BrowsableAPIRenderer):
    """The browsable API without inline styles, which the Content-Security-Policy blocks."""

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().get_context(*args, **kwargs) | {"code_style": ""}

    def get_breadcrumbs(self, request: Request) -> list[tuple[str, str]]:
        crumbs = super().get_breadcrumbs(request)
        return [(name, url) for name, url in crumbs if url.endswith("/") or url == request.path]
