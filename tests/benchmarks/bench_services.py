"""The time to read, upload and edit with many services: 1,000 with 200 usages each, of 4,000 technologies.

Pages are read over HTTP from a server of one process, and nothing comes from the cache.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from random import Random
from typing import Any

import pytest
import requests
from celery import current_app
from django.test import Client

from techlist.local.processes import wait_until
from techs import cache
from techs.assessment.assessor import Assessor
from techs.inventory import editing, summaries
from techs.inventory.placing import basis_of
from techs.models import Service, ServiceSource, Tech, Usage
from techs.rules.kinds import Kind
from techs.rules.text import name_key
from techs.submissions import outbox
from techs.transactions import in_chunks, in_transaction
from tests.benchmarks import samples
from tests.support import uploads as support
from tests.support.servers import SERVERS
from tests.support.services import Web, Worker, environment_for_processes, place, running

SERVICES, USAGES, TRACKED, LIBRARIES = 1000, 200, 1000, 3000
TIMES = 15
SOURCE = "/api/services/service-7/sources/requirements.txt/"
PAGES = {
    "API: services": "/api/services/",
    "API: a service": "/api/services/service-8/",
    "page: services by name": "/services/",
    "page: services, worst first": "/services/?ordering=worst",
    "page: services, newest upload first": "/services/?ordering=newest",
    "page: a service": "/services/service-8/",
    "page: a service with recent uploads": "/services/service-9/",
}
UPLOADS, CHANGED = 6, 20


def _techs(assessor: Assessor) -> Iterator[Tech]:
    for tech in samples.techs(assessor, TRACKED):
        tech.kind, tech.by_hand = Kind.TRACKED.value, False
        yield tech
    for number in range(LIBRARIES):
        yield samples.tech(assessor, f"lib{number}", kind=Kind.LIBRARY.value, by_hand=False)


def _usages(sources: list[ServiceSource], techs: list[Tech]) -> Iterator[Usage]:
    """Each service uses the first technology, which is thus widely used, and some others."""
    random, basis = Random(1), basis_of(Assessor.current())  # noqa: S311  a sample, no secret
    for source in sources:
        for tech in [techs[0], *random.sample(techs[1:], USAGES - 1)]:
            fields: dict[str, Any] = {"versions": ["1.0"], "announced": ["1.0"], "basis": basis, "kind": tech.kind}
            yield Usage(
                service_id=source.service_id,
                source=source,
                tech=tech,
                key=tech.name_key,
                name=tech.name,
                as_read=tech.name,
                **fields,
            )


def _fill() -> None:
    names = [f"Service {number}" for number in range(SERVICES)]
    Service.objects.bulk_create(
        Service(name=name, name_key=name_key(name), slug=name.lower().replace(" ", "-")) for name in names
    )
    Tech.objects.bulk_create(_techs(Assessor.current()), 500)
    techs = list(Tech.objects.order_by("pk"))
    services = list(Service.objects.order_by("pk"))
    ServiceSource.objects.bulk_create(
        ServiceSource(service=each, name="package.json", origin="api") for each in services
    )
    for some in in_chunks(_usages(list(ServiceSource.objects.order_by("pk")), techs), 2000):
        Usage.objects.bulk_create(some)
    Tech.objects.filter(usages__isnull=False).update(services=1)
    in_transaction(lambda: summaries.refresh(services=[each.pk for each in services]))


def _upload_often(slug: str) -> None:
    """Upload a file several times, each time with some other versions and one more technology."""
    service = Service.objects.get(slug=slug)
    for number in range(UPLOADS):
        versions = {lib: number if lib // CHANGED == number else 0 for lib in range(USAGES + number)}
        content = "".join(f"lib{lib}=={version}.1\n" for lib, version in versions.items())
        support.push(service, content, "requirements.txt")


def _milliseconds(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    taken = []
    for _ in range(TIMES):
        cache.invalidate()
        started = clock()
        work()
        taken.append(clock() - started)
    return statistics.median(taken) * 1000


@pytest.mark.django_db(transaction=True)
def test_many_services(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str], client: Client) -> None:
    _fill()
    figures = {}
    tech, impacts = Tech.objects.order_by("pk")[0], cycle(["critical", "low"])
    figures["edit a technology that all services use"] = _milliseconds(lambda: editing.edit(tech, impact=next(impacts)))
    body = "".join(f"lib{number}==1\n" for number in range(USAGES)).encode()
    support.push(Service.objects.get(slug="service-7"), body.decode())
    _upload_often("service-9")
    current_app.control.purge()
    put = lambda: client.put(SOURCE, body, content_type="text/plain")  # noqa: E731
    figures["an unchanged upload, CPU time"] = _milliseconds(put, time.process_time)
    assert outbox._queue_length() == 0
    servers = pytestconfig.stash[SERVERS]
    places: Any = place(servers) | {"env": environment_for_processes(servers)}
    with running(Web(**places)) as web, requests.Session() as session:
        for name, path in PAGES.items():
            session.get(web.url + path).raise_for_status()
            figures[name] = _milliseconds(lambda url=web.url + path: session.get(url))  # type: ignore[misc]
        with running(Worker(**places)):
            figures |= _seen_after(session, web, body)
    with capsys.disabled():
        print(f"\n{SERVICES:,} services with {USAGES} usages each, {TRACKED + LIBRARIES:,} technologies:")
        for name, figure in figures.items():
            print(f"{name}: {figure:.1f} ms")


def _seen_after(session: requests.Session, web: Web, body: bytes) -> dict[str, float]:
    """Measure from the request of a changed upload until a GET of the service shows it."""
    taken = []
    for number in range(TIMES):
        started, name = time.perf_counter(), f"new-{number}"
        session.put(web.url + SOURCE, b"%s%s==1\n" % (body, name.encode())).raise_for_status()
        assert wait_until(lambda: name in session.get(f"{web.url}/api/services/service-7/").text, timeout=60)  # noqa: B023
        taken.append(time.perf_counter() - started)
    return {
        "a changed upload until it is visible": statistics.median(taken) * 1000,
        "a changed upload, the slowest": max(taken) * 1000,
    }
