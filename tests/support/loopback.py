"""Local test servers: HTTP servers in a thread with planned answers, and a port that never accepts."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

Plan = TypeVar("Plan")


class Server(ThreadingHTTPServer):
    """Holds the plan of its handler's answers."""

    daemon_threads = True
    block_on_close = False  # a test that timed out does not wait for the slow answer
    plan: Any


class Handler(BaseHTTPRequestHandler):
    """Answers according to self.server.plan, and records the requests there."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_args: object) -> None:
        """Do not log: the plan records the requests."""


@contextmanager
def serving(handler: type[Handler], plan: Callable[[str], Plan]) -> Iterator[Plan]:
    """Run a server on a free port. plan creates its plan, given the server's base URL."""
    http = Server(("127.0.0.1", 0), handler)
    http.plan = plan(f"http://127.0.0.1:{http.server_port}")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield http.plan
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@contextmanager
def silent_port() -> Iterator[int]:
    """Return a port with a full queue of connections: they are neither accepted nor refused."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for client in waiting:
            client.settimeout(0)
            client.connect_ex(("127.0.0.1", port))
        try:
            yield port
        finally:
            for client in waiting:
                client.close()
