"""The metrics on a port of their own, which one of the processes with the same directory opens.

The others wait until that one has ended.
"""

import logging
import threading
import time
from typing import TYPE_CHECKING

from django.conf import settings

from techlist.metrics.figures import figures

if TYPE_CHECKING:
    from techlist.metrics.port_server import Server

logger = logging.getLogger(__name__)

# Seconds between two attempts to open the port.
_INTERVAL = 1.0


def open_in_background() -> None:
    """Open the port, if there is one in the settings, as soon as no other process has it."""
    if settings.METRICS.port:
        threading.Thread(target=_serve, daemon=True, name="metrics-port").start()


def _serve() -> None:
    while not ((directory := figures.directory()) and directory.claim_port(settings.METRICS.port)):
        time.sleep(_INTERVAL)
    _opened().serve_forever()


def _opened() -> "Server":
    from techlist.metrics.port_server import Server  # noqa: PLC0415  most processes need no such server

    is_first = True
    while True:
        try:
            return Server()
        except OSError as error:
            if is_first:
                where = f"port {settings.METRICS.port} of {settings.METRICS.host}"
                logger.warning("Metrics cannot be served at %s: %s. Retrying every second.", where, error.strerror)
            is_first = False
            time.sleep(_INTERVAL)
