"""Private servers for the tests: one MariaDB and two Valkeys, with data in a temporary directory.

Loaded by `-p tests.support.servers` (pyproject.toml), because the servers must be up, and their addresses in the
environment, before Django reads its settings. Servers that are already running are never used.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import redis

from techlist.local import valkey
from techlist.local.embedded import BASE_DIR
from techlist.local.processes import OrphanReaper, kill, spawn, stop, wait_until

_START_TIMEOUT = 60.0


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
    return port


def runs(process: psutil.Process) -> bool:
    """Return whether a process runs. A zombie has ended: another process must collect it."""
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


class Server:
    """A process that tests can stop and restart with the same port and data."""

    def __init__(  # noqa: PLR0913  all that a process needs
        self,
        name: str,
        command: Sequence[str],
        *,
        answers: Callable[[], bool],
        directory: Path,
        reaper: OrphanReaper,
        env: Mapping[str, str] | None = None,
        cwd: Path = BASE_DIR,
    ) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._command = command
        self._answers = answers
        self._reaper = reaper
        self._env = env
        self._cwd = cwd
        self._paused = False

    @property
    def pid(self) -> int:
        """Return the id of the process to signal."""
        assert self.process is not None, f"{self.name} is not running"
        return self.process.pid

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.launch()
        self.await_answer()

    def launch(self) -> None:
        with self.log.open("ab") as log:
            self.process = spawn(self._command, reaper=self._reaper, output=log, cwd=self._cwd, env=self._env)

    def await_answer(self) -> None:
        is_decided = wait_until(lambda: self._answers() or not self.is_alive(), timeout=_START_TIMEOUT)
        if not (is_decided and self.is_alive()):
            self.kill()
            raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-4000:]}")

    def is_alive(self) -> bool:
        """Return whether the process exists, paused or not."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stop the server in an orderly way."""
        if self.process is not None:
            stop(self.process, reaper=self._reaper, timeout=20)
        self.process, self._paused = None, False

    def kill(self) -> None:
        """Kill the server with all its children."""
        if self.process is not None:
            kill(self.process, reaper=self._reaper)
        self.process, self._paused = None, False

    def pause(self) -> None:
        """Freeze the server: it still accepts connections, but does not answer."""
        os.kill(self.pid, signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)
        self._paused = False

    def restart(self) -> None:
        """Start the server again from any state."""
        self.stop()
        self.start()

    def ensure_running(self) -> None:
        """Undo whatever the last test did to the server."""
        if self._paused and self.is_alive():
            self.resume()
        if not self.is_alive():
            self.kill()
            self.start()


class Valkey(Server):
    """A Redis-compatible server on a free port."""

    def __init__(self, name: str, options: Sequence[str], *, directory: Path, reaper: OrphanReaper) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        data = directory / name
        data.mkdir()
        command = valkey.command(data, *options, *valkey.on_port(self.port))
        super().__init__(name, command, answers=lambda: valkey.answers(self.port), directory=directory, reaper=reaper)

    def calls(self, command: str) -> int:
        """Return how often the server has answered a command, such as get."""
        with redis.Redis(port=self.port) as client:
            return int(client.info("commandstats").get(f"cmdstat_{command}", {"calls": 0})["calls"])

    def is_only_asked_for_token(self, read: Callable[[], object]) -> bool:
        """Return whether a read comes from the near cache. Django asks for the token along with pages."""
        gets, mgets = self.calls("get"), self.calls("mget")
        read()
        return (self.calls("get"), self.calls("mget")) == (gets + 1, mgets)


class _Database(Server):
    """A database server with an empty database `techlist` and one user, who may connect from this machine only."""

    port: int

    def _accepts(self) -> bool:
        """Return whether the server sends its greeting; it listens only after its init file has run."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.5) as client:
                return bool(client.recv(1))
        except OSError:
            return False


class MariaDB(_Database):
    """A MariaDB."""

    def __init__(self, *, directory: Path, reaper: OrphanReaper, options: Sequence[str] = ("--skip-ssl",)) -> None:
        """Create the system tables, which takes longest. New servers enable TLS by default, hence the parameter."""
        self.port = free_port()
        password = secrets.token_hex(12)
        self.url = f"mysql://techlist:{password}@127.0.0.1:{self.port}/techlist"
        data = directory / "mariadb"
        # By default the server refuses to run as root and switches to a user; here it runs as the current user.
        user = ["--user=root"] if os.getuid() == 0 else []
        # A starting server deletes temporary tables in its directory, even those of other servers.
        temporary = [f"--tmpdir={directory}"]
        _run(
            [_program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", *temporary, "--skip-test-db", *user],
            log=directory / "mariadb-install-db.log",
        )
        start = directory / "mariadb-start.sql"
        start.write_text(
            f"CREATE OR REPLACE USER techlist@'127.0.0.1' IDENTIFIED BY '{password}';\n"
            "GRANT ALL ON *.* TO techlist@'127.0.0.1' WITH GRANT OPTION;\n"
            "CREATE DATABASE IF NOT EXISTS techlist CHARACTER SET utf8mb4;\n"
        )
        command = [
            _program("mariadbd"),
            "--no-defaults",
            f"--datadir={data}",
            *temporary,
            f"--socket={directory / 'mariadb.sock'}",
            f"--pid-file={directory / 'mariadb.pid'}",
            "--bind-address=127.0.0.1",
            f"--port={self.port}",
            "--skip-name-resolve",
            f"--init-file={start}",
            "--character-set-server=utf8mb4",
            # As in production: a committed row survives a killed server.
            "--innodb-flush-log-at-trx-commit=1",
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=16M",
            "--performance-schema=OFF",
            *user,
            *options,
        ]
        super().__init__("mariadb", command, answers=self._accepts, directory=directory, reaper=reaper)


class MySQL(_Database):
    """A MySQL. Its program has the same name as MariaDB's, which may be installed, too: scripts/find-mysql."""

    def __init__(self, program: str, *, directory: Path, reaper: OrphanReaper) -> None:
        """Create the system tables, which takes longest."""
        self.port = free_port()
        password = secrets.token_hex(12)
        self.url = f"mysql://techlist:{password}@127.0.0.1:{self.port}/techlist"
        user = ["--user=root"] if os.getuid() == 0 else []
        base = [program, "--no-defaults", f"--datadir={directory / 'mysql'}", "--secure-file-priv=", *user]
        _run([*base, "--initialize-insecure"], log=directory / "mysql-initialize.log")
        start = directory / "mysql-start.sql"
        start.write_text(
            f"CREATE USER IF NOT EXISTS techlist@'127.0.0.1' IDENTIFIED BY '{password}';\n"
            "GRANT ALL ON *.* TO techlist@'127.0.0.1' WITH GRANT OPTION;\n"
            "CREATE DATABASE IF NOT EXISTS techlist CHARACTER SET utf8mb4;\n"
        )
        command = [
            *base,
            f"--socket={directory / 'mysql.sock'}",
            f"--pid-file={directory / 'mysql.pid'}",
            "--bind-address=127.0.0.1",
            f"--port={self.port}",
            "--mysqlx=0",
            "--skip-log-bin",
            "--skip-name-resolve",
            f"--init-file={start}",
            "--innodb-flush-log-at-trx-commit=1",
            "--innodb-buffer-pool-size=64M",
            "--performance-schema=OFF",
        ]
        super().__init__("mysql", command, answers=self._accepts, directory=directory, reaper=reaper)


def _program(name: str) -> str:
    """Servers are installed in directories outside an ordinary user's PATH."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        raise pytest.UsageError(f"{name} is not installed. `make test` installs it.")
    return found


def _run(command: Sequence[str], *, log: Path) -> None:
    with log.open("wb") as output:
        status = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    if status != 0:
        raise RuntimeError(f"{command[0]} failed:\n{log.read_text(errors='replace')[-4000:]}")


def _mysql_program() -> str:
    """Return the path of MySQL's server. Raises UsageError if there is none."""
    found = subprocess.run([BASE_DIR / "scripts" / "find-mysql"], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise pytest.UsageError(found.stderr.strip())
    return found.stdout.strip()


class Servers:
    """All servers of a test run."""

    def __init__(self, database: str) -> None:
        """Create a directory, and a watchdog that stops the servers even if pytest is killed."""
        if database not in {"mariadb", "mysql", "sqlite"}:
            raise pytest.UsageError(f"TECHLIST_TEST_DATABASE must be mariadb, mysql or sqlite, not {database!r}.")
        # MySQL may already be running, such as a CI service, with a user that is able to create databases. Tests that
        # stop the server are skipped.
        outside = os.environ.get("TECHLIST_TEST_DATABASE_URL", "") if database == "mysql" else ""
        self._program = _mysql_program() if database == "mysql" and not outside else ""
        self.reaper = OrphanReaper()
        self.directory = Path(tempfile.mkdtemp(prefix="techlist-tests-"))
        self.database = database
        self.url = outside or f"sqlite:///{self.directory / 'techlist.sqlite3'}"
        self.broker = Valkey("broker", valkey.BROKER, directory=self.directory, reaper=self.reaper)
        self.cache = Valkey("cache", valkey.CACHE, directory=self.directory, reaper=self.reaper)
        self.mariadb: MariaDB | None = None
        self.mysql: MySQL | None = None

    def start(self) -> None:
        """Start the servers, and put their addresses into the environment for Django and child processes."""
        self.broker.start()
        self.cache.start()
        if self.database == "mariadb":
            self.mariadb = MariaDB(directory=self.directory, reaper=self.reaper)
            self.mariadb.start()
            self.url = self.mariadb.url
        if self._program:
            self.mysql = MySQL(self._program, directory=self.directory, reaper=self.reaper)
            self.mysql.start()
            self.url = self.mysql.url
        os.environ.update(
            DATABASE_URL=self.url,
            REDIS_BROKER_URL=self.broker.url,
            REDIS_CACHE_URL=self.cache.url,
            SECRET_KEY="only-for-tests-and-long-enough-to-pass-the-checks-0123456789",
            ALLOWED_HOSTS="localhost,127.0.0.1",
            TECHLIST_ACCESS="open",  # tests of logins start their own web server
            TECHLIST_HTTPS="off",
            TECHLIST_SYNC="off",  # no process of a test may contact the real service
            TECHLIST_DATA_DIR=str(self.directory / "data"),
        )

    def all(self) -> list[Server]:
        """Return all servers."""
        found = (self.broker, self.cache, self.mariadb, self.mysql)
        return [server for server in found if server is not None]

    def close(self) -> None:
        """Stop all servers and remove their data."""
        for server in self.all():
            # The data is no longer needed.
            server.kill()
        self.reaper.close()
        with suppress(OSError):
            shutil.rmtree(self.directory)


SERVERS = pytest.StashKey[Servers]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Start the servers. A wrapper, because pytest-django reads the settings in the first ordinary hook."""
    servers = Servers(os.environ.get("TECHLIST_TEST_DATABASE", "mariadb"))
    early_config.stash[SERVERS] = servers
    early_config.add_cleanup(servers.close)
    servers.start()
    return (yield)
