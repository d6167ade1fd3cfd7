"""Files that take long to read keep nobody else waiting, however many there are."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

import httpx
import psutil
import pytest

from techlist.local.processes import wait_until
from tests.support.services import Web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database, pytest.mark.slow]

# More than there are threads for requests.
UPLOADS = 40


def parsers(web: Web) -> list[psutil.Process]:
    children = psutil.Process(web.pid).children(recursive=True)
    return [child for child in children if "techs.imports.parser_process" in child.cmdline()]


def connections(web: Web) -> int:
    port = int(web.url.rpartition(":")[2])
    processes = [psutil.Process(web.pid), *psutil.Process(web.pid).children(recursive=True)]
    found = {each for process in processes for each in process.net_connections("tcp")}
    return len({each.raddr for each in found if each.laddr.port == port and each.raddr})


@contextmanager
def hanging_parsers(web: Web) -> Generator[None, None, None]:
    """Stop the processes that read files, so that each upload takes as long as the test."""
    with httpx.Client(base_url=web.url, timeout=60) as client:
        threads = [threading.Thread(target=send, args=[client, [], number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    stopped = parsers(web)
    assert stopped
    for process in stopped:
        process.suspend()
    try:
        yield
    finally:
        for process in stopped:
            process.resume()


def send(client: httpx.Client, statuses: list[int], number: int) -> None:
    file = ("requirements.txt", f"django==3.2\nredis=={number}\n".encode())
    statuses.append(client.post("/api/imports/", files={"file": file}).status_code)


def test_others_do_not_wait_for_uploads(web_process: Web) -> None:
    statuses: list[int] = []
    limits = httpx.Limits(max_connections=UPLOADS)
    with httpx.Client(base_url=web_process.url, timeout=90, limits=limits) as client:
        threads = [threading.Thread(target=send, args=[client, statuses, number]) for number in range(UPLOADS)]
        with hanging_parsers(web_process):
            for thread in threads:
                thread.start()
            assert wait_until(lambda: connections(web_process) >= UPLOADS, timeout=60)
            for _ in range(5):
                created = httpx.post(f"{web_process.url}/api/techs/", json={"text": "Django 3.2"}, timeout=30)
                shown = httpx.get(f"{web_process.url}/api/techs/", timeout=30)
                assert (created.status_code, shown.status_code) == (202, 200)
        for thread in threads:
            thread.join()
    assert set(statuses) <= {202, 429, 503}
