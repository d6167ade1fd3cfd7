"""A local receiver of webhooks with configurable answers, which records its requests."""

import socket
import struct
import time
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field

from tests.support.loopback import Handler, serving


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """The planned answers and the requests received. answers come first, then status."""

    url: str
    status: int = 200
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 2  # bytes of the answer's body
    pause: float = 0  # seconds before the answer
    drip: float = 0  # seconds between the lines of an endless header, if any
    is_reset: bool = False
    requests: list[Request] = field(default_factory=list)


def receiver() -> AbstractContextManager[Receiver]:
    """Run a receiver on a free port."""
    return serving(_Handler, lambda site: Receiver(url=f"{site}/hook?key=secret"))


class _Handler(Handler):
    def do_POST(self) -> None:  # noqa: N802  http.server's name
        plan: Receiver = self.server.plan
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
        while plan.drip:
            self.flush_headers()
            time.sleep(plan.drip)
            self.send_header("X-More", "x")
        self.send_header("Content-Length", str(plan.size))
        self.end_headers()
        for _ in range(0, plan.size, 65536):
            self.wfile.write(b"x" * 65536)

    def _reset(self) -> None:
        # Closing without lingering sends RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
