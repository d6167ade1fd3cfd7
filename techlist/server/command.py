"""The command line of the web server, for `make run`, containers and `python -m techlist.server`."""

import argparse
import os
import sys
from pathlib import Path

from techlist.server import open_files
from techlist.server.address import Address, RefusedError, check_metrics_port

# Seconds that a stopping server waits for running requests.
STOP_TIMEOUT = 10
# Milliseconds within which a request's headers must arrive, once the connection is ready.
_HEADER_TIMEOUT = 5000
# For the process that starts the others; those have the settings' configuration.
_LOG_IN_JSON = str(Path(__file__).with_name("granian_log.json"))


def command(*, host: str, port: int, workers: int, stop_timeout: int = STOP_TIMEOUT) -> list[str]:
    """Return Granian's command line, to run in the project's directory."""
    return [
        *(sys.executable, "-m", "granian"),
        # BoundedServer collects bodies on the event loop. With the WSGI interface, a slow sender would occupy a thread.
        *("--interface", "rsgi", "--no-ws", "--loop", "uvloop"),
        # HTTP/2 would need its own limits, and proxies do not use it towards a backend.
        *("--http", "1", "--http1-header-read-timeout", str(_HEADER_TIMEOUT)),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        *("--backlog", "1024", "--backpressure", str(open_files.connections())),
        *("--workers-kill-timeout", str(stop_timeout)),
        # Granian's warnings are only about the number of threads.
        *("--log-level", "error"),
        *(("--log-config", _LOG_IN_JSON) if os.environ.get("TECHLIST_LOG_FORMAT") == "json" else ()),
        "techlist.server.rsgi:application",
    ]


def main() -> None:
    """Replace this process with the web server."""
    parser = argparse.ArgumentParser(prog="python -m techlist.server", description="Serve Techlist.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    options = parser.parse_args()
    address = Address(options.host, options.port)
    try:
        check_metrics_port(address, os.environ)
    except RefusedError as error:
        parser.error(str(error))
    line = command(host=address.number, port=address.port, workers=options.workers)
    os.execv(line[0], line)  # noqa: S606  our own command, and no shell is wanted
