"""`make run`: the supervisor starts everything, and leaves nothing behind no matter how it ends."""

import fcntl
import hashlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import pytest
from environs import EnvError

from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from tests.support.servers import free_port, runs
from tests.support.settings_reader import read_settings

pytestmark = pytest.mark.slow

KEPT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
_MODULE = [sys.executable, "-m", "techlist.local", "--stop-with-parent"]


class Run:
    """A running Techlist with its processes."""

    def __init__(self, command: list[str], env: Mapping[str, str], output: Path) -> None:
        host = env.get("HOST", "127.0.0.1").replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        self.url = f"http://{host}:{env['PORT']}"
        self._output = output
        with output.open("wb") as file:
            self.process = psutil.Popen(
                command, env=env, cwd=BASE_DIR, stdout=file, stderr=subprocess.STDOUT, preexec_fn=_hear_hangups
            )
        self._seen: set[psutil.Process] = set()

    @property
    def output(self) -> str:
        """Return the output so far."""
        return self._output.read_text(errors="replace")

    def wait_ready(self) -> None:
        """Wait for the line that says that Techlist is ready."""
        wait_until(lambda: "Techlist is ready" in self.output or self.process.poll() is not None, timeout=60)
        assert f"Techlist is ready at {self.url} (Ctrl-C stops everything)\n" in self.output, self.output
        # The worker, its beat, and its pool, which grows for a moment after the worker itself is up.
        assert wait_until(lambda: len(self.processes("techlist-worker")) == 4, timeout=60), self.output

    def processes(self, name: str = "") -> list[psutil.Process]:
        """Return the descendants of this name, oldest first."""
        children = self.process.children(recursive=True)
        self._seen.update(children)
        return [
            child
            for child in sorted(children, key=lambda child: (child.create_time(), child.pid))
            if name in _name(child)
        ]

    def wait_end(self) -> int:
        """Wait for the end, and return the exit status."""
        return int(self.process.wait(timeout=40))

    def leftovers(self, *, timeout: float = 5) -> list[psutil.Process]:
        """Return processes that belonged to the run and still exist after a moment."""
        wait_until(lambda: not any(map(runs, self._seen)), timeout=timeout)
        return [process for process in self._seen if runs(process)]


def _hear_hangups() -> None:
    # Under nohup the tests ignore SIGHUP, and so would their children.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except psutil.NoSuchProcess:
        return "ended"


Start = Callable[..., Run]


@pytest.fixture(scope="module", autouse=True)
def _heed_hangups() -> Generator[None, None, None]:
    """Under nohup, SIGHUP is ignored, and a run would inherit that. A handler ends where another program begins."""
    before = signal.signal(signal.SIGHUP, lambda *_: None)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory with migrated tables, as the first start takes longest."""
    data = tmp_path_factory.mktemp("migrated")
    env = KEPT | {"TECHLIST_DATA_DIR": str(data)}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=BASE_DIR, env=env, check=True)
    return data


@pytest.fixture
def env(tmp_path: Path, migrated: Path) -> dict[str, str]:
    """Return the environment of a user who sets only a port and a data directory."""
    data = shutil.copytree(migrated, tmp_path / "data")
    return KEPT | {"TECHLIST_DATA_DIR": str(data), "PORT": str(free_port()), "TECHLIST_SYNC": "off"}


@pytest.fixture
def start(tmp_path: Path, env: dict[str, str]) -> Generator[Start, None, None]:
    """Return a function that starts runs, which end with the test at the latest."""
    runs: list[Run] = []

    def _start(command: list[str] | None = None, **changes: str) -> Run:
        output = tmp_path / f"output-{len(runs)}.txt"
        runs.append(Run(command or _MODULE, env | changes, output))
        return runs[-1]

    yield _start
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()
        assert not run.leftovers()


def test_runs_until_it_is_asked_to_stop(start: Start, tmp_path: Path, migrated: Path) -> None:
    """All three ways to stop, side by side: on data of a first start, with named servers, and on a host name."""
    setups: dict[signal.Signals, dict[str, str]] = {
        signal.SIGINT: {},
        signal.SIGTERM: {name: os.environ[name] for name in ("REDIS_BROKER_URL", "REDIS_CACHE_URL")},
        signal.SIGHUP: {"HOST": "localhost"},
    }
    runs = {}
    for number, setup in setups.items():
        data = tmp_path / number.name
        if number != signal.SIGINT:
            shutil.copytree(migrated, data)
        runs[number] = start(**elsewhere(data), **setup)
    for number, run in runs.items():
        run.wait_ready()
        with urlopen(f"{run.url}/healthz") as response:  # noqa: S310
            assert response.status == 200
        assert len(run.processes("techlist-web")) == 2
        assert len(run.processes("valkey-server")) == ("REDIS_BROKER_URL" not in setups[number])
        run.process.send_signal(number)
    for number, run in runs.items():
        assert run.wait_end() == 0, number
        assert not run.leftovers(), number
        assert run.output.count("Techlist is ready") == 1
        assert "Error" not in run.output, number
        assert not (tmp_path / number.name / "valkey.sock").exists()


def elsewhere(data: Path) -> dict[str, str]:
    """Return settings that let several runs coexist."""
    return {"TECHLIST_DATA_DIR": str(data), "PORT": str(free_port())}


LOGIN_HINT = "Users must log in. Create the first one: .venv/bin/python manage.py createsuperuser\n"


def status_of_the_list(run: Run) -> int:
    try:
        with urlopen(f"{run.url}/get") as response:  # noqa: S310
            return int(response.status)
    except HTTPError as error:
        return error.code


def test_open_to_this_machine_only_and_the_only_one_on_its_data(start: Start, tmp_path: Path) -> None:
    run = start(TECHLIST_ACCESS="")
    run.wait_ready()
    assert status_of_the_list(run) == 200
    assert "login" not in run.output
    second = start(PORT=str(free_port()))
    assert second.wait_end() == 1
    where = f"process {run.process.pid}, {run.url}"
    assert second.output == f"Techlist is already running with the data directory {tmp_path / 'data'} ({where}).\n"
    assert run.process.is_running()


def test_asks_others_for_a_login(start: Start) -> None:
    run = start(HOST="0.0.0.0")  # noqa: S104
    run.wait_ready()
    assert status_of_the_list(run) == 401
    assert f"(Ctrl-C stops everything)\n{LOGIN_HINT}" in run.output


def test_a_first_login_is_made_in_a_second_terminal(start: Start, env: dict[str, str]) -> None:
    run = start(TECHLIST_ACCESS="login")
    run.wait_ready()
    assert status_of_the_list(run) == 401
    assert f"(Ctrl-C stops everything)\n{LOGIN_HINT}" in run.output
    for command in (["createsuperuser", "--noinput", "--username", "ada", "--email", ""], ["drf_create_token", "ada"]):
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            env=env | {"DJANGO_SUPERUSER_PASSWORD": "correct horse battery"},
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        )
    request = Request(f"{run.url}/get", headers={"Authorization": f"Token {done.stdout.split()[2]}"})  # noqa: S310
    with urlopen(request) as response:  # noqa: S310
        assert response.status == 200


def test_after_a_killed_supervisor_nothing_runs_and_nothing_is_lost(start: Start) -> None:
    """The next run starts with the same list, and stops at once when it is asked twice."""
    run = start()
    run.wait_ready()
    assert PREPARING in run.output
    body = json.dumps({"text": "Django 3.2.18"}).encode()
    create = Request(f"{run.url}/create", data=body, headers={"Content-Type": "application/json"})  # noqa: S310
    with urlopen(create) as response:  # noqa: S310
        assert response.status == 201
    assert wait_until(lambda: read(run)["data"], timeout=60), run.output
    assert read(run)["isCached"] is True
    run.process.kill()
    run.process.wait()
    assert not run.leftovers()
    again = start(PYTHONPROFILEIMPORTTIME="1")
    again.wait_ready()
    assert PREPARING not in again.output
    assert_one_interpreter(again)
    assert imported_by_forks(again).isdisjoint({"celery", "django", "frontend", "kombu", "redis", "techs"})
    assert [row["text"] for row in read(again)["data"]] == ["Django 3.2.18 - priority (critical)"]
    again.process.send_signal(signal.SIGINT)
    assert wait_until(lambda: "Stopping" in again.output, timeout=5)
    again.process.send_signal(signal.SIGINT)
    assert again.wait_end() == 0
    assert not again.leftovers()


PREPARING = "Preparing the database and the static files...\n"


def test_a_backup_is_restored_as_the_guide_says(start: Start, env: dict[str, str], tmp_path: Path) -> None:
    run = start()
    run.wait_ready()
    add(run, "Kept 1")
    file = tmp_path / "techlist-2026-11-29.sqlite3"
    command = [sys.executable, "manage.py", "backup", str(file)]
    subprocess.run(command, cwd=BASE_DIR, env=env, check=True, capture_output=True)
    add(run, "Lost 1")
    run.process.terminate()
    assert run.wait_end() == 0
    guide = (BASE_DIR / "docs" / "backup.md").read_text()
    [steps] = re.findall(r"```sh\n(rm -rf .*?)make run\n```", guide, re.DOTALL)
    subprocess.run(["sh", "-ec", steps.replace(".data/", "data/")], cwd=tmp_path, check=True)
    again = start()
    again.wait_ready()
    assert names(again) == ["Kept 1"]


def add(run: Run, text: str) -> None:
    """Add a technology, and wait until a cached page has it."""
    body = json.dumps({"text": text}).encode()
    create = Request(f"{run.url}/create", data=body, headers={"Content-Type": "application/json"})  # noqa: S310
    with urlopen(create) as response:  # noqa: S310
        assert response.status == 201
    assert wait_until(lambda: text in names(run), timeout=60)


def names(run: Run) -> list[str]:
    return [row["text"].rpartition(" - ")[0] for row in read(run)["data"]]


def assert_one_interpreter(run: Run) -> None:
    """The start takes little time and memory because all are forks of one process, which share what it imported."""
    programs = {tuple(process.cmdline()) for process in run.processes("techlist-")}
    assert programs == {tuple(run.process.cmdline())}


def imported_by_forks(run: Run) -> set[str]:
    """Return the packages of which modules were imported too late to share them."""
    names = re.findall(r"^(?:web|worker) +\| import time: .*\| +(\S+)$", run.output, re.MULTILINE)
    assert "techlist.server.rsgi" in names
    return {name.partition(".")[0] for name in names}


def read(run: Run) -> Any:
    with urlopen(f"{run.url}/get") as response:  # noqa: S310
        return json.load(response)


def test_a_signal_during_the_start_stops_it(start: Start) -> None:
    run = start()
    # Linux cuts names after 15 characters.
    assert wait_until(lambda: run.processes("techlist-migrat"), timeout=60)
    run.process.send_signal(signal.SIGINT)
    assert run.wait_end() == 0
    assert not run.leftovers()
    assert "Techlist is ready" not in run.output


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"PORT": "0"}, "PORT must be a number from 1 to 65535"),
        ({"HOST": "no such host"}, "on no such host cannot be used"),
        ({"DATABASE_URL": "foo://x"}, "DATABASE_URL"),
        ({"TECHLIST_ACCESS": "closed"}, "TECHLIST_ACCESS"),
    ],
)
def test_refuses_a_bad_value_with_its_name(start: Start, tmp_path: Path, changes: dict[str, str], words: str) -> None:
    run = start(**changes)
    assert run.wait_end() == 1
    assert words in run.output
    assert run.output.count("\n") == 1
    assert not (tmp_path / "data" / "valkey").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("REDIS_CACHE_URL", "bar"), ("REDIS_BROKER_URL", "foo://x"), ("LOG_LEVEL", "loud"), ("DEBUG", "perhaps")]
    + [("TECHLIST_SYNC", "maybe"), ("TECHLIST_SWEEP_AFTER", "0"), ("TECHLIST_HTTPS", "yes")],
)
def test_settings_refuse_a_bad_value_with_its_name(name: str, value: str) -> None:
    with pytest.raises(EnvError, match=name):
        read_settings({name: value})


def has_processes(run: Run, number: int, name: str) -> bool:
    return len(run.processes(name)) == number


@pytest.mark.parametrize(
    "ends",
    [
        # The second process of granian is the one that it starts itself to serve requests.
        [("web", "techlist-web", slice(1, 2)), ("worker", "techlist-worker", slice(1))],
        # Beat is one of the worker's forks, in no fixed order. The pool would replace the others.
        [("worker", "techlist-worker", slice(1, None)), ("valkey", "valkey-server", slice(1))],
    ],
    ids=["web and worker", "beat and valkey"],
)
def test_the_end_of_one_part_ends_all(
    start: Start, tmp_path: Path, migrated: Path, ends: list[tuple[str, str, slice]]
) -> None:
    datas = [shutil.copytree(migrated, tmp_path / str(number)) for number in range(len(ends))]
    runs = [start(**elsewhere(data)) for data in datas]
    for run, (_, title, which) in zip(runs, ends, strict=True):
        run.wait_ready()
        # The worker, a fork for each of its two pool processes, and one for beat.
        assert wait_until(partial(has_processes, run, 4, "techlist-worker"), timeout=60)
        for process in run.processes(title)[which]:
            process.kill()
    how = r"\((killed by SIGKILL|exit status \d+)\)"
    for run, (name, title, which) in zip(runs, ends, strict=True):
        assert run.wait_end() == 1, (title, which)
        assert re.search(rf"^Techlist stops: {name} ended {how}", run.output, re.MULTILINE)
        assert not run.leftovers()


def test_a_failed_preparation_is_explained(start: Start) -> None:
    run = start(DATABASE_URL="sqlite:////does/not/exist.sqlite3")
    assert run.wait_end() == 1
    assert "Techlist stops: migrate ended (exit status 1)" in run.output
    assert "unable to open database file" in run.output
    assert not run.leftovers()


def test_stops_with_the_process_that_started_it(
    start: Start, env: dict[str, str], tmp_path: Path, migrated: Path
) -> None:
    """Meanwhile a second terminal finds the worker, although the path is too long for a socket.

    The next run waits until the first has stopped.
    """
    data = shutil.copytree(migrated, tmp_path / ("z" * 90))
    where = {"TECHLIST_DATA_DIR": str(data)}
    # A shell that waits for its child, like make.
    run = start(["/bin/sh", "-c", '"$@" & wait', "sh", *_MODULE], **where)
    run.wait_ready()
    command = [sys.executable, "-m", "celery", "-A", "celery_app", "inspect", "ping"]
    answer = subprocess.run(command, env=env | where, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert "pong" in answer.stdout, answer.stderr
    run.process.kill()
    run.process.wait()
    next_run = start(**where)
    next_run.wait_ready()
    assert not run.leftovers()
    assert "Stopping..." in run.output
    next_run.process.terminate()
    assert next_run.wait_end() == 0
    digest = hashlib.sha256(os.fsencode(where["TECHLIST_DATA_DIR"])).hexdigest()[:16]
    assert not Path(f"/tmp/techlist-{os.getuid()}-{digest}").exists()  # noqa: S108


def test_ctrl_c_at_a_terminal_ends_make_without_an_error(env: dict[str, str]) -> None:
    terminal, inside = pty.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(inside, termios.TIOCSCTTY, 0)

    make = subprocess.Popen(
        ["make", "--no-print-directory", "run"],
        env=env,
        cwd=BASE_DIR,
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
        preexec_fn=take_terminal,  # noqa: PLW1509
    )
    os.close(inside)
    printed = b""
    with suppress(OSError):  # Linux's signal that the last process has left the terminal
        while data := os.read(terminal, 4096):
            printed += data
            if b"Techlist is ready" in data:
                os.write(terminal, b"\x03")
    os.close(terminal)
    make.wait(timeout=20)
    assert b"Stopping..." in printed, printed
    assert b"***" not in printed, printed
