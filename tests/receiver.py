"""A loopback receiver of webhooks that answers as it is told, well or badly, and notes what it was sent."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Request:
    """One POST."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """How it answers, and what it was sent. answers is what it answers first; after that, status."""

    url: str
    status: int = 200
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 2  # bytes of the answer's body
    pause: float = 0  # seconds before the answer
    is_reset: bool = False
    requests: list[Request] = field(default_factory=list)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run one on a free port."""
    http = _Server(("127.0.0.1", 0), _Handler)
    http.plan = Receiver(url=f"http://127.0.0.1:{http.server_port}/hook?key=secret")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield http.plan
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a test that timed out does not wait for the slow answer it gave up
    plan: Receiver


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        plan = self.server.plan
        body = self.rfile.read(int(self.headers["Content-Length"]))
        plan.requests.append(Request(self.path, {name.lower(): text for name, text in self.headers.items()}, body))
        self.close_connection = True
        time.sleep(plan.pause)
        # The sender may have given up, as it should.
        with suppress(OSError):
            if plan.is_reset:
                self._reset()
            else:
                self._answer(plan)

    def _answer(self, plan: Receiver) -> None:
        self.send_response(plan.answers.pop(0) if plan.answers else plan.status)
        for name, value in plan.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(plan.size))
        self.end_headers()
        for _ in range(0, plan.size, 65536):
            self.wfile.write(b"x" * 65536)

    def _reset(self) -> None:
        # Closing with nothing to linger for sends RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, *_args: object) -> None:
        """Quiet: what matters is in requests."""
