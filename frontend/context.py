"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def access(request: HttpRequest) -> dict[str, Any]:
    """Whether people have names here. If they have none, no template may ask: that would read the session."""
    return {"asks_for_login": settings.ACCESS == "login"}
