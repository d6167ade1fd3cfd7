"""A constant body from a Django view without middleware: the least that any Django page costs on this machine."""

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(SECRET_KEY="unused", ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[], ROOT_URLCONF=__name__)

BODY = Path(os.environ["PEER_BODY"]).read_bytes()


def read(_: HttpRequest) -> HttpResponse:
    return HttpResponse(BODY, content_type="application/json")


urlpatterns = [path("list", read)]
application = get_wsgi_application()
