"""What tests talk to on this machine: web servers in a thread that answer as they are told, and a silent port."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

Plan = TypeVar("Plan")


class Server(ThreadingHTTPServer):
    """It keeps the plan that its handler answers by."""

    daemon_threads = True
    block_on_close = False  # a test that timed out does not wait for the slow answer it gave up
    plan: Any


class Handler(BaseHTTPRequestHandler):
    """Answers by self.server.plan, and notes there what it was asked."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_args: object) -> None:
        """Quiet: what matters is in the plan."""


@contextmanager
def serving(handler: type[Handler], plan: Callable[[str], Plan]) -> Iterator[Plan]:
    """Run one on a free port. plan makes what it answers by, given its address without a path."""
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
    """A port whose queue of connections is full: nobody is refused, nobody gets in."""
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
