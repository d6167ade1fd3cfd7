"""The server of the port."""

import json
import logging
import os
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings

from techlist.metrics import access, exposition

logger = logging.getLogger(__name__)


class Handler(BaseHTTPRequestHandler):
    """Answers GET /metrics."""

    server_version, sys_version = "Techlist", ""
    timeout = 5.0  # seconds to wait for a request

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self._refuse(HTTPStatus.NOT_FOUND, "The metrics are at /metrics.")
        elif not settings.METRICS.port_is_private and not access.has_token(self.headers.get("Authorization", "")):
            self._refuse(HTTPStatus.UNAUTHORIZED, access.WRONG_TOKEN, access.CHALLENGE)
        else:
            content, content_type = exposition.render(self.headers.get("Accept", ""))
            self._send(HTTPStatus.OK, content, {"Content-Type": content_type})

    def do_HEAD(self) -> None:
        self.do_GET()

    def _refuse(self, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None) -> None:
        content = json.dumps({"detail": detail}).encode()
        self._send(status, content, {"Content-Type": "application/json"} | (headers or {}))

    def _send(self, status: HTTPStatus, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content)), "Cache-Control": "no-store"}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  its own name
        logger.debug(format, *args)


class Server(ThreadingHTTPServer):
    """The server of the port."""

    daemon_threads = True

    def __init__(self) -> None:
        """Raises OSError if the port cannot be opened."""
        host = settings.METRICS.host
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, settings.METRICS.port), Handler)
        # A fork must not keep the port open.
        os.register_at_fork(after_in_child=self.socket.close)
