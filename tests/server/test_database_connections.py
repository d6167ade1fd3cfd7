"""Every process opens a bounded number of connections to the database, as the guide says."""

import re
import threading
import time
from contextlib import ExitStack
from typing import Any

import httpx
import psutil
import pytest
from django.db import connection

from techlist.local.embedded import BASE_DIR
from tests.support.servers import MariaDB
from tests.support.services import Web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mysql")]

CLIENTS = 120
PATHS = ("/api/techs/?q={}", "/readyz", "/?q={}", "/api/techs/summary/?q={}", "/api/activity/?q={}")


def ask(url: str, number: int) -> None:
    path = PATHS[number % len(PATHS)].format(number)
    with httpx.Client(base_url=url, timeout=15) as client:
        client.post("/api/techs/", json={"text": f"thing {number}"}) if number % 3 else client.get(path)


def connections(web: Web, port: int) -> int:
    """Count the connections of the processes of a web server to the database server."""
    parent = psutil.Process(web.pid)
    every = [each for process in (parent, *parent.children(recursive=True)) for each in process.net_connections("tcp")]
    return sum(bool(each.raddr) and each.raddr.port == port for each in every)


def test_a_web_process_under_load_on_a_database_that_hangs(web_process: Web, rsgi: Any, mariadb: MariaDB) -> None:
    """All its threads wait, and even then there is no further connection."""
    holder: Any = connection.copy()
    with ExitStack() as stack:
        stack.callback(holder.close)
        with holder.cursor() as cursor:
            cursor.execute("LOCK TABLES techs_tech WRITE, techs_submission WRITE, techs_action WRITE")
        threads = [threading.Thread(target=ask, args=[web_process.url, number]) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        most = 0
        while any(thread.is_alive() for thread in threads):
            most = max(most, connections(web_process, mariadb.port))
            time.sleep(0.05)
    assert 16 < most <= rsgi.DATABASE_CONNECTIONS


def test_the_guide_has_the_number(rsgi: Any) -> None:
    guide = (BASE_DIR / "docs" / "deployment.md").read_text()
    found = re.search(r"web process\*\* opens at most (\d+) connections", guide)
    assert found
    assert int(found[1]) == rsgi.DATABASE_CONNECTIONS
