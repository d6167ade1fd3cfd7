"""A started service with web server, worker and beat fetches lifecycle data by itself, and the page follows."""

import json
import os
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from threading import Event
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.utils import timezone

from techlist.local.processes import wait_until
from techs.models import LevelChange, LifecycleDataVersion, PeriodicRun, Source, Webhook
from tests.support.lifecycle_server import PATH, TEN, Answer, LifecycleServer, document, product, release
from tests.support.pages import parse, text_of, texts
from tests.support.receiver import Receiver
from tests.support.servers import Servers
from tests.support.services import Beat, Web, Worker, place, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SNAPSHOTS = Path(os.environ.get("TECHLIST_FACTS_FILE", "/nowhere")).parent
SMALL = {
    date(2025, 8, 22): document(*TEN, product("nodejs", release("20")), generated_at="2025-08-22T00:00:00Z"),
    date(2026, 8, 22): document(
        *TEN[1:], product("nodejs", release("20"), release("24")), generated_at="2026-08-22T00:00:00Z"
    ),
}


@dataclass
class Service:
    """The processes, with the content of page and API."""

    web: Web
    worker: Worker
    beat: Beat

    def add(self, text: str) -> None:
        """Add a technology like the original client."""
        body = json.dumps({"text": text}).encode()
        urlopen(Request(f"{self.web.url}/create", body, {"Content-Type": "application/json"}))  # noqa: S310

    def age(self) -> str:
        """Return the text about the age of the data."""
        with urlopen(self.web.url) as page:  # noqa: S310
            return text_of(parse(page.read().decode()), "p.data-age")

    def news(self) -> str:
        """Return the recent changes in the overview."""
        with urlopen(self.web.url) as page:  # noqa: S310
            return " ".join(texts(parse(page.read().decode()), "ol.moves li"))

    def feed(self) -> str:
        with urlopen(f"{self.web.url}/api/techs/changes.atom") as answer:  # noqa: S310
            return str(answer.read().decode())

    def reasons(self) -> set[str]:
        """Return the dates of the data in the reasons of all levels."""
        with urlopen(f"{self.web.url}/api/techs/") as answer:  # noqa: S310
            rows = json.load(answer)["data"]
        return {reason["facts_as_of"] for row in rows for reason in row["reasons"]}


Start = Callable[[], Service]


@pytest.fixture
def start(servers: Servers, process_env: dict[str, str], publisher: LifecycleServer) -> Generator[Start, None, None]:
    """Start a service that fetches from the publisher."""
    env = process_env | {"TECHLIST_SYNC": "on", "TECHLIST_SYNC_URL": publisher.url, "TECHLIST_WEBHOOK_PRIVATE": "on"}
    with ExitStack() as stack:

        def start() -> Service:
            where = place(servers)
            return Service(
                web=stack.enter_context(running(Web(**where, env=env))),
                worker=stack.enter_context(running(Worker(**where, env=env))),
                beat=stack.enter_context(running(Beat(**where, env=env))),
            )

        yield start


def documents(kind: str) -> dict[date, bytes]:
    """Return a document of last year and one of this year."""
    if kind == "small":
        return SMALL
    files = {
        date(2025, 8, 22): SNAPSHOTS / "products-full-2025-08-22.json",
        date(2026, 8, 22): SNAPSHOTS / "products-full.json",
    }
    if not all(file.exists() for file in files.values()):
        pytest.skip("TECHLIST_FACTS_FILE names no file beside which there are both snapshots")
    return {day: file.read_bytes() for day, file in files.items()}


@pytest.mark.parametrize("kind", ["small", "real"])
def test_a_service_fetches_at_once_and_follows_by_itself(publisher: LifecycleServer, start: Start, kind: str) -> None:
    (earlier, before), (later, after) = documents(kind).items()
    publisher.answer = Answer(before, etag='"one"', zipped=True)
    service = start()
    service.add("Node.js 20")
    expect(service, earlier, before)
    publisher.answer = Answer(after, etag='"two"', zipped=True)
    a_day_passes()
    service.worker.kill()  # a starting worker fetches it, with or without beat
    service.worker.start()
    expect(service, later, after)
    assert [path for path, _ in publisher.requests] == [PATH, PATH]


def test_a_fresh_installation_takes_this_years_document(publisher: LifecycleServer, start: Start) -> None:
    day, content = list(documents("real").items())[-1]
    publisher.answer = Answer(content)
    service = start()
    service.add("Node.js 20")
    expect(service, day, content)


def test_the_page_says_so_while_data_is_fetched(publisher: LifecycleServer, start: Start) -> None:
    may_begin = Event()
    publisher.answer = Answer(SMALL[date(2026, 8, 22)], may_begin=may_begin)
    service = start()
    assert wait_until(lambda: publisher.requests, timeout=60)
    assert "Fetching newer data" in service.age()
    may_begin.set()
    assert wait_until(lambda: "endoflife.date" in service.age(), timeout=60)
    assert "Fetching newer data" not in service.age()


def test_a_service_says_that_it_could_not_fetch_and_does_not_insist(publisher: LifecycleServer, start: Start) -> None:
    publisher.answer = Answer(b"", status=503)
    service = start()
    assert wait_until(lambda: "could not be fetched" in service.age(), timeout=60), service.age()
    service.worker.kill()
    service.worker.start()
    service.add("Node.js 20")
    assert wait_until(service.reasons, timeout=60)
    assert len(publisher.requests) == 1


def test_a_moved_end_date_reaches_page_feed_and_webhook(
    publisher: LifecycleServer, start: Start, webhook: Webhook, hook: Receiver
) -> None:
    publisher.answer = Answer(moving("2028-04-01"), etag='"one"')
    service = start()
    assert wait_until(lambda: "endoflife.date" in service.age(), timeout=30)
    service.add("Django 5.2")
    assert wait_until(service.reasons, timeout=60)
    publisher.answer = Answer(moving("2028-04-30"), etag='"two"')
    a_day_passes()
    service.worker.kill()
    service.worker.start()
    assert wait_until(lambda: MOVED in service.news(), timeout=30), service.news()
    assert wait_until(lambda: "from 2028-04-01 to 2028-04-30" in service.feed(), timeout=60)
    assert not LevelChange.objects.exists()
    assert wait_until(lambda: hook.requests, timeout=30)
    (change,) = json.loads(hook.requests[0].body)["date_changes"]
    assert (change["name"], change["before"], change["after"]) == ("Django 5.2", "2028-04-01", "2028-04-30")


MOVED = "Django 5.2 end of support moved from 1 Apr 2028 to 30 Apr 2028"


def moving(end: str) -> bytes:
    return document(*TEN, product("django", release("5.2", eolFrom=end)))


def a_day_passes() -> None:
    """Move the last fetch a day back."""
    yesterday = timezone.now() - timedelta(days=1, minutes=1)
    PeriodicRun.objects.update(started_at=yesterday, finished_at=yesterday)


def expect(service: Service, day: date, content: bytes) -> None:
    """Expect that the document is activated within seconds, and that page, reasons and database show its date."""
    words = f"Lifecycle data from {day.day} {day:%b %Y}, endoflife.date"
    expected = {"data": (day, len(json.loads(content)["result"])), "reasons": {str(day)}, "page": words}

    def shown() -> dict[str, Any]:
        load = LifecycleDataVersion.objects.filter(source=Source.ENDOFLIFE_DATE).order_by("-id").first()
        data = (load.as_of, load.products) if load else None
        return {"data": data, "reasons": service.reasons(), "page": service.age()[: len(words)]}

    wait_until(lambda: shown() == expected, timeout=30)
    assert shown() == expected
