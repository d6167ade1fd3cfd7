"""The repositories that the tests of `techlist push` push, and their lifecycle data."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.support.command_line import Ended, write
from tests.support.lifecycle_server import document, product, release

Push = Callable[..., Ended]
ROOT = Path(__file__).parents[2]

FILES = {
    "requirements.txt": "django==5.2\nrequests==2.31\n",
    "web/package.json": '{"engines": {"node": "24"}}',
    "empty/requirements.txt": "# nothing\n",
    "node_modules/a/package.json": '{"engines": {"node": "8"}}',
}
WEB, BACKEND = "web/package.json", "requirements.txt"
DATA = document(
    product("django", release("5.2", eolFrom="2099-01-01"), release("3.2", eolFrom="2024-04-01"), label="Django"),
    product("nodejs", release("24", eolFrom="2099-01-01"), label="Node.js"),
)


class Shop:
    """A Git repository that is pushed to a server, by the command line as a program of its own."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory, self.url = directory, url
        directory.mkdir()
        self.git("init", "-q")

    def git(self, *arguments: str) -> None:
        author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        subprocess.run(["git", "-C", self.directory, *author, *arguments], check=True, capture_output=True)

    def commit(self, **files: str) -> None:
        write(self.directory, {name.replace("__", "."): content for name, content in files.items()})
        self.git("add", ".")
        self.git("commit", "-qm", "Change")

    def push(self, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "techlist.cli", "push", "--service", "shop", "--server", self.url, *options]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(self.directory.parent / "cache")}
        environment.pop("TECHLIST_TOKEN", None)
        return subprocess.run(command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False)

    def get(self, path: str) -> dict[str, Any]:
        with urlopen(f"{self.url}{path}", timeout=10) as response:  # noqa: S310  our own address
            answer: dict[str, Any] = json.load(response)
        return answer
