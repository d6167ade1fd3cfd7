"""The processes of the peers, and the reasons why one cannot run."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.servers import Server, free_port

EXPRESS = Path(__file__).with_name("express")


class Peer(Server):
    """A web server of one process. PORT in its command becomes a free port."""

    def __init__(self, name: str, command: Sequence[str], *, env: Mapping[str, str], **places: Any) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/list"
        filled = [str(port) if word == "PORT" else word for word in command]
        super().__init__(name, filled, answers=self._lists, env=env, **places)

    def _lists(self) -> bool:
        try:
            with urlopen(self.url, timeout=2) as response:  # noqa: S310  our own address
                return bool(response.read())
        except (URLError, OSError):
            return False


def granian(interface: str, application: str) -> list[str]:
    options = ["--interface", interface, "--loop", "uvloop", "--http", "1", "--workers", "1", "--log-level", "error"]
    return [sys.executable, "-m", "granian", *options, "--host", "127.0.0.1", "--port", "PORT", application]


def express(redis_url: str) -> list[str]:
    return ["node", str(EXPRESS / "server.js"), "PORT", redis_url]


def lacking(name: str) -> str:
    """Return the tool that this peer lacks, or an empty string."""
    if name.startswith("Express"):
        if not shutil.which("node"):
            return "node is not installed"
        return "" if (EXPRESS / "node_modules").is_dir() else f"`npm ci` has not run in {EXPRESS.name}/"
    if name == "FastAPI":
        return "" if find_spec("fastapi") else "fastapi is not installed"
    return ""
