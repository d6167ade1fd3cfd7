"""Where `make run` listens, and who can reach it there."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass


class RefusedError(Exception):
    """Techlist cannot start; the message is for the user."""


@dataclass(frozen=True)
class Address:
    """Where the web server listens."""

    host: str
    port: int

    @property
    def reachable_host(self) -> str:
        """A name to reach it by from this machine; the wildcard addresses are none."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def is_private(self) -> bool:
        """True if only this machine can reach it. What is not plainly so counts as open to others."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def number(self) -> str:
        """The host as an IP address, which is what the web server wants."""
        return str(socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0][4][0])

    @property
    def is_wildcard(self) -> bool:
        """True if it stands for every address of this machine."""
        return self.reachable_host != self.host

    @property
    def url(self) -> str:
        """What to type into a browser."""
        return f"http://{self.in_url}:{self.port}"

    @property
    def in_url(self) -> str:
        """The host as it stands in an address, and in a request's Host."""
        host = self.reachable_host
        return f"[{host}]" if ":" in host else host


def read_address(environ: Mapping[str, str]) -> Address:
    """Read HOST and PORT, and refuse what is not an address."""
    port = environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):  # noqa: PLR2004
        raise RefusedError(f'PORT must be a number from 1 to 65535, not "{port}".')
    return Address(environ.get("HOST") or "127.0.0.1", int(port))


def check_free(address: Address) -> None:
    """Refuse an address that cannot be listened on."""
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as server:
            # As the web server does: the remains of closed connections do not make a port taken.
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(target)
            server.listen(1)
    except OSError as error:
        where = f"Port {address.port} on {address.host}"
        raise RefusedError(f"{where} cannot be used: {error.strerror}. Choose another one: PORT=8001") from error
