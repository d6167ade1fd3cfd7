"""The addresses and the secret key of the embedded set-up."""

import stat
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from kombu import Connection

from techlist.local import embedded, valkey
from techlist.local.processes import spawn, stop, wait_until
from tests.support.servers import Servers

# Space, percent sign and question mark are special in URLs; the long path does not fit into a socket address.
_DIRECTORIES = ["plain", "with space", "per%20cent", "question?mark#", "x" * 90]


@pytest.fixture(params=_DIRECTORIES)
def socket_server(
    request: pytest.FixtureRequest, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Path, None, None]:
    """Run a Valkey on the socket of a data directory, like `make run`."""
    monkeypatch.setenv("TECHLIST_DATA_DIR", str(tmp_path / request.param))
    directory = embedded.make_data_dir()
    path = embedded.make_socket_dir()
    command = valkey.command(directory, *valkey.BROKER, *valkey.on_socket(path))
    process = spawn(command, reaper=servers.reaper, output=subprocess.DEVNULL, cwd=directory)
    assert wait_until(lambda: valkey.answers(path), timeout=60)
    yield path
    stop(process, reaper=servers.reaper, timeout=10)
    if path.parent != directory:
        path.parent.rmdir()


def test_broker_and_cache_are_reached_in_any_directory(socket_server: Path) -> None:
    with Connection(embedded.broker_url(), connect_timeout=1) as broker, broker.SimpleQueue("test") as queue:
        queue.put("hello")
        message = queue.get(timeout=1)
        message.ack()
        assert message.payload == "hello"
    with redis.Redis.from_url(embedded.cache_url()) as cache:
        cache.set("key", "value")
        assert cache.info("keyspace")["db1"]["keys"] == 1
    assert stat.S_IMODE(socket_server.stat().st_mode) == 0o700


def test_a_long_path_gets_a_short_private_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TECHLIST_DATA_DIR", str(tmp_path / ("y" * 90)))
    embedded.make_data_dir()
    path = embedded.make_socket_dir()
    assert len(str(path)) <= 100
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert embedded.socket_path() == path
    path.parent.chmod(0o755)
    with pytest.raises(PermissionError, match="only you"):
        embedded.socket_path()
    path.parent.rmdir()
    path.parent.symlink_to(tmp_path)
    with pytest.raises(PermissionError, match="only you"):
        embedded.socket_path()
    path.parent.unlink()


def test_a_relative_data_directory_is_the_projects(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TECHLIST_DATA_DIR", "somewhere/else")
    monkeypatch.chdir(tmp_path)
    assert embedded.data_dir() == embedded.BASE_DIR / "somewhere" / "else"
    monkeypatch.setenv("TECHLIST_DATA_DIR", "")
    assert embedded.data_dir() == embedded.BASE_DIR / ".data"


def test_the_secret_key_stays_and_is_private(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TECHLIST_DATA_DIR", str(tmp_path / "data"))
    key = embedded.secret_key()
    assert len(key) >= 50
    assert embedded.secret_key() == key
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


def test_all_processes_that_start_at_once_agree_on_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TECHLIST_DATA_DIR", str(tmp_path))
    code = "from techlist.local.embedded import secret_key; print(secret_key())"

    def ask(_: int) -> str:
        return subprocess.check_output([sys.executable, "-c", code], cwd=embedded.BASE_DIR, text=True)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
