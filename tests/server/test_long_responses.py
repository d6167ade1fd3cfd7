"""Long responses are sent as fast as their clients read, and one that cannot be completed does not look complete."""

import json
import socket
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import psutil
import pytest

from techlist.local.processes import wait_until
from tests.support.long_lists import lengthen
from tests.support.servers import MariaDB
from tests.support.services import Web
from tests.support.waiting import HANG

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.django_db(transaction=True)]

JSON = "/api/techs/export.json"
NUMBER, NOTE = 1_500, 8_000 * "x"  # together more than sockets and pipes hold
MOST = 50  # readers of long responses, more than the server has threads


def begin(web: Web, path: str = JSON, *, version: str = "1.1", status: int = 200) -> socket.socket:
    """Ask, and read the first bytes of the response."""
    host, port = web.url.removeprefix("http://").split(":")
    client = socket.socket()
    # A window of this size does not grow.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
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


def test_nobody_waits_for_slow_readers(web_process: Web) -> None:
    """They are limited in number, so that they leave files and memory for others."""
    lengthen(NUMBER, note=NOTE)
    with ExitStack() as stack:
        readers = [stack.enter_context(closing(begin(web_process))) for _ in range(MOST)]
        assert httpx.get(f"{web_process.url}/api/techs/", timeout=HANG).status_code == 200
        with closing(begin(web_process, status=503)) as refused:
            assert b"retry-after" in read_to_end(refused).lower()
        readers[0].close()
        assert len(httpx.get(f"{web_process.url}{JSON}", timeout=60).json()) == NUMBER


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
