"""A local stand-in for endoflife.date with configurable answers, and small documents for it."""

import gzip
import json
import threading
import time
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Any

from techs.models import LifecycleDataVersion, Product, Release, Source
from tests.support.loopback import Handler, serving

PATH = "/api/v1/products/full/"


def release(name: str = "1.0", **facts: Any) -> dict[str, Any]:
    """Return a release in the service's format; facts change or add keys."""
    known = {
        "name": name,
        "codename": None,
        "label": name,
        "releaseDate": "2025-01-01",
        "isLts": False,
        "ltsFrom": None,
        "isEol": False,
        "eolFrom": "2028-01-01",
        "isMaintained": True,
        "latest": {"name": f"{name}.5", "date": "2026-06-01", "link": None},
        "custom": None,
    }
    return known | facts


def product(slug: str, *releases: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """Return a product, with release 1.0 if none is given."""
    known = {
        "name": slug,
        "label": slug.title(),
        "aliases": [],
        "category": "app",
        "tags": [],
        "links": {"html": f"https://endoflife.date/{slug}"},
        "releases": list(releases) or [release()],
    }
    return known | facts


def document(*products: dict[str, Any], **envelope: Any) -> bytes:
    """Return a whole document."""
    known = {
        "schema_version": "1.2.1",
        "generated_at": "2026-11-20T03:04:05+00:00",
        "total": len(products),
        "result": list(products),
    }
    return json.dumps(known | envelope).encode()


LONGEST = 60.0  # seconds that an answer waits at most: more than any test needs

TEN = [product(f"thing-{number}") for number in range(10)]
HTML = b"<!doctype html><title>Sorry</title>"


@dataclass
class Answer:
    """One answer of the server."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    zipped: bool = False
    cut: int = 0  # bytes of the body that are announced and not sent
    pause: float = 0  # seconds before the answer
    may_begin: threading.Event | None = None  # to wait for before the answer
    drip: float = 0  # seconds between two bytes


@dataclass
class LifecycleServer:
    """The answers by path, by default the same for each, and the requests received."""

    url: str
    answer: Answer = field(default_factory=Answer)
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def headers(self, number: int = -1) -> dict[str, str]:
        """Return the headers of a request."""
        return self.requests[number][1]


def lifecycle_server() -> AbstractContextManager[LifecycleServer]:
    """Run a server on a free port."""
    return serving(_Handler, lambda site: LifecycleServer(url=site))


def state() -> list[Any]:
    """Return everything that a failed synchronisation must not change."""
    tables = [model.objects.order_by("pk").values_list() for model in (Product, Release, LifecycleDataVersion)]
    return [list(rows) for rows in tables]


def slugs(source: Source = Source.ENDOFLIFE_DATE) -> set[str]:
    """Return the slugs of a source's products."""
    return set(Product.objects.filter(source=source).values_list("slug", flat=True))


class _Handler(Handler):
    def do_GET(self) -> None:  # noqa: N802  http.server's name
        plan: LifecycleServer = self.server.plan
        plan.requests.append((self.path, dict(self.headers)))
        answer = plan.answers.get(self.path, plan.answer)
        time.sleep(answer.pause)
        if answer.may_begin:
            answer.may_begin.wait(LONGEST)
        # The client may have given up, as it should.
        with suppress(OSError):
            if answer.etag and self.headers.get("If-None-Match") == answer.etag:
                self._head(304, {"ETag": answer.etag})
            else:
                self._send(answer)

    def _send(self, answer: Answer) -> None:
        body = gzip.compress(answer.body) if answer.zipped else answer.body
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        headers |= {"Content-Encoding": "gzip"} if answer.zipped else {}
        headers |= {"ETag": answer.etag} if answer.etag else {}
        self._head(answer.status, headers | answer.headers)
        body = body[: len(body) - answer.cut]
        for part in (body[at : at + 1] for at in range(len(body))) if answer.drip else [body]:
            self.wfile.write(part)
            time.sleep(answer.drip)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
