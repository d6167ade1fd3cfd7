"""How answers look in a browser."""

from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer


class StrictBrowsableAPIRenderer(BrowsableAPIRenderer):
    """The browsable API without the style that it writes into the page, which the Content-Security-Policy refuses."""

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What the template gets. The style is for code samples, which no page of ours has."""
        return super().get_context(*args, **kwargs) | {"code_style": ""}
