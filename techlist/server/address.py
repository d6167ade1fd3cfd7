"""The address that `make run` listens on, and who can reach it."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass


class RefusedError(Exception):
    """Techlist cannot start. The message is for the user."""


@dataclass(frozen=True)
class Address:
    """Host and port of the web server."""

    host: str
    port: int

    @property
    def reachable_host(self) -> str:
        """Return the host to connect to from this machine, which for a wildcard address is loopback."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def is_private(self) -> bool:
        """Return True if certainly only this machine can reach the address."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def number(self) -> str:
        return str(socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0][4][0])

    @property
    def is_wildcard(self) -> bool:
        return self.reachable_host != self.host

    @property
    def url(self) -> str:
        return f"http://{self.in_url}:{self.port}"

    @property
    def in_url(self) -> str:
        host = self.reachable_host
        return f"[{host}]" if ":" in host else host


def read_address(environ: Mapping[str, str]) -> Address:
    """Parse HOST and PORT. Raises RefusedError."""
    port = environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):  # noqa: PLR2004
        raise RefusedError(f'PORT must be a number from 1 to 65535, not "{port}".')
    return Address(environ.get("HOST") or "127.0.0.1", int(port))


def check_metrics_port(address: Address, environ: Mapping[str, str]) -> None:
    """Raise RefusedError if the metrics have the same port."""
    if environ.get("TECHLIST_METRICS_PORT", "").strip() == str(address.port):
        raise RefusedError(
            f"TECHLIST_METRICS_PORT is {address.port}, the port of the web server. Choose another one, such as 9100."
        )


def check_free(address: Address) -> None:
    """Raise RefusedError if the address cannot be bound."""
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as server:
            # As for the web server, closed connections in TIME_WAIT do not occupy the port.
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(target)
            server.listen(1)
    except OSError as error:
        where = f"Port {address.port} on {address.host}"
        raise RefusedError(f"{where} cannot be used: {error.strerror}. Choose another one: PORT=8001") from error
