"""How answers look in a browser."""

from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request


class StrictBrowsableAPIRenderer(BrowsableAPIRenderer):
    """The browsable API without the style that it writes into the page, which the Content-Security-Policy refuses."""

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What the template gets. The style is for code samples, which no page of ours has."""
        return super().get_context(*args, **kwargs) | {"code_style": ""}

    def get_breadcrumbs(self, request: Request) -> list[tuple[str, str]]:
        """The way to the page. Addresses that work without their slash, too, are on it once."""
        crumbs = super().get_breadcrumbs(request)
        return [(name, url) for name, url in crumbs if url.endswith("/") or url == request.path]
