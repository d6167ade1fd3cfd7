"""Long responses are sent as fast as their clients read, and one that cannot be completed does not look complete."""

import fcntl
import json
import socket
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import psutil
import pytest

from techlist.local.processes import wait_until
from techlist.server import streaming
from tests.support.long_lists import lengthen
from tests.support.servers import MariaDB
from tests.support.services import Web
from tests.support.waiting import HANG

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.django_db(transaction=True)]

JSON = "/api/techs/export.json"
NUMBER, NOTE = 1_500, 8_000 * "x"  # together more than sockets and pipes hold
LARGE = 400  # together too short for a response that is rendered in parts
MOST = 50  # readers of long responses, more than the server has threads


def begin(web: Web, path: str = JSON, *, version: str = "1.1", status: int = 200) -> socket.socket:
    """Ask, and read the first bytes of the response."""
    host, port = web.url.removeprefix("http://").split(":")
    client = socket.socket()
    # A window of this size does not grow. For large packets, the system would take megabytes.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    client.settimeout(60)
    client.connect((host, int(port)))
    client.sendall(f"GET {path} HTTP/{version}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert client.recv(12) == f"HTTP/{version} {status}".encode()
    return client


def read_to_end(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(1024 * 1024), b""))


def test_whole(web_process: Web) -> None:
    lengthen(NUMBER, note=NOTE)
    with httpx.Client(base_url=web_process.url, timeout=60, headers={"accept-encoding": "identity"}) as client:
        for _ in range(2):
            response = client.get(JSON)
            assert ("Content-Length" in response.headers, len(response.json())) == (False, NUMBER)
            again = client.get(JSON, headers={"if-none-match": response.headers["ETag"]})
            assert (again.status_code, again.content) == (304, b"")
            head = client.head(JSON)
            same = response.headers.keys() - {"date", "transfer-encoding", "x-request-id"}
            assert {name: head.headers.get(name) for name in same} == {name: response.headers[name] for name in same}
            assert "Content-Length" not in head.headers
        compressed = client.get("/api/techs/export.csv?include=all", headers={"accept-encoding": "gzip"})
        assert compressed.headers["Content-Encoding"] == "gzip"
        assert compressed.content.count(b"\r\n") == NUMBER + 1
    with closing(begin(web_process, version="1.0")) as old:
        first, content = read_to_end(old).split(b"\r\n\r\n")
        assert (b"chunked" in first.lower(), len(json.loads(content))) == (False, NUMBER)


@pytest.mark.parametrize("number", [NUMBER, LARGE])
def test_nobody_waits_for_slow_readers(web_process: Web, number: int) -> None:
    """They are limited in number, so that they leave files and memory for others."""
    lengthen(number, note=NOTE)
    with ExitStack() as stack:
        readers = [stack.enter_context(closing(begin(web_process))) for _ in range(MOST)]
        assert httpx.get(f"{web_process.url}/api/techs/", timeout=HANG).status_code == 200
        with closing(begin(web_process, status=503)) as refused:
            assert b"retry-after" in read_to_end(refused).lower()
        readers[0].close()
        assert len(httpx.get(f"{web_process.url}{JSON}", timeout=60).json()) == number


def test_a_large_response(web_process: Web) -> None:
    lengthen(LARGE, note=NOTE)
    with httpx.Client(base_url=web_process.url, timeout=60, headers={"accept-encoding": "identity"}) as client:
        for _ in range(3):
            response, head = client.get(JSON), client.head(JSON)
            assert len(response.json()) == LARGE
            assert response.headers["Content-Length"] == head.headers["Content-Length"] == str(len(response.content))
    for version in ("1.0", "1.1") * 5:
        with closing(begin(web_process, version=version)) as old:
            assert len(json.loads(read_to_end(old).split(b"\r\n\r\n")[1])) == LARGE


def test_the_locks_of_other_files_stay(tmp_path: Path) -> None:
    """SQLite relies on them."""
    file = tmp_path / "locked"
    code = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    lock = [sys.executable, "-c", code, str(file)]
    assert subprocess.run(lock, check=False).returncode == 0
    with file.open("w") as ours:
        fcntl.lockf(ours, fcntl.LOCK_EX)
        streaming._on_close("127.0.0.1:1", streaming._END_ON_CLOSE)
        assert subprocess.run(lock, check=False, stderr=subprocess.DEVNULL).returncode == 1


def test_a_server_that_is_killed(web_process: Web) -> None:
    lengthen(NUMBER, note=NOTE)
    with closing(begin(web_process, version="1.0")) as slow:
        web_process.kill()
        with pytest.raises(ConnectionResetError):
            read_to_end(slow)


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_an_outage_in_the_middle(web_process: Web, mariadb: MariaDB, version: str) -> None:
    lengthen(NUMBER, note=NOTE)
    with closing(begin(web_process, version=version)) as slow:
        # Meanwhile, the server could have rendered the whole response for the slow reader as well.
        assert len(httpx.get(f"{web_process.url}{JSON}", timeout=60).json()) == NUMBER
        mariadb.kill()
        with pytest.raises(ConnectionResetError):
            read_to_end(slow)
    assert f"The response to GET {JSON} is incomplete" in web_process.log.read_text()
    mariadb.ensure_running()
    assert len(httpx.get(f"{web_process.url}{JSON}", timeout=60).json()) == NUMBER


def test_clients_that_leave(web_process: Web) -> None:
    lengthen(NUMBER, note=NOTE)
    before = pipes(web_process)
    for _ in range(10):
        begin(web_process).close()
    assert wait_until(lambda: pipes(web_process) <= before, timeout=HANG)
    assert "is incomplete" not in web_process.log.read_text()


def pipes(web: Web) -> int:
    parent = psutil.Process(web.pid)
    processes = [parent, *parent.children(recursive=True)]
    files = (file for process in processes for file in Path(f"/proc/{process.pid}/fd").iterdir())
    return sum(_is_pipe(file) for file in files)


def _is_pipe(file: Path) -> bool:
    try:
        return str(file.readlink()).startswith("pipe:")
    except FileNotFoundError:  # just closed
        return False
