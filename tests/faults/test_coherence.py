"""No read that starts after a write is done misses it, with many readers and writers on real servers.

The controls run the same checker against common but wrong caches, and must report stale reads.
"""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User

from techlist.local.processes import wait_until
from techs.assessment.assessor import Assessor
from techs.lifecycles import store
from techs.models import Product, Source, Tech
from techs.submissions import outbox
from tests.coherence.__main__ import main
from tests.coherence.checker import Plan, Reader, Report, Run
from tests.coherence.client import Api
from tests.coherence.history import History
from tests.coherence.views import All, View
from tests.faults.rig import BRISK, Outcome, Rig
from tests.support.threads import in_background

SLOW_FILL = 0.05  # seconds between a reader's query and its cache write, where a race would store a stale page


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a user who may write through the admin, and put the password in the environment."""
    password = secrets.token_hex(8)
    # Hashed as in production: a cheaper hash would be upgraded at each login, which ends other sessions.
    hasher = PBKDF2PasswordHasher()
    is_all = {"is_staff": True, "is_superuser": True}
    User.objects.create(username="checker", password=hasher.encode(password, hasher.salt()), **is_all)
    monkeypatch.setenv("TECHLIST_PASSWORD", password)
    return "checker"


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Report:
    """Capture the report of the command."""
    found = Report()
    monkeypatch.setattr("tests.coherence.checker.Report", lambda: found)
    return found


def outcome(fault: str, report: Report, *, is_control: bool = False) -> Outcome:
    stale = f"{report.violations:,} of {report.reads:,}"
    return Outcome(fault, accepted=report.writes["submitted"], stale=stale, is_control=is_control)


def test_everything_at_once(rig: Rig, admin: str, report: Report, outcomes: list[Outcome], reads: int) -> None:
    """Paged lists, filters, the original /get and 304 answers, through the API and the admin."""
    rig.start(webs=2, settings=BRISK)
    assert main([rig.web.url, f"--reads={reads}", "--seed=1", f"--admin={admin}"]) == 0
    outcomes.append(outcome("coherence", report))
    assert set(report.writes) == {"submitted", "edited", "deleted", "edited in the admin", "deleted in the admin"}
    assert report.reads >= reads
    assert report.cached
    assert report.not_modified
    assert not Tech.objects.exists(), "the command removes its technologies"


def test_with_slow_readers(rig: Rig, report: Report, outcomes: list[Outcome]) -> None:
    """Readers that store old pages late do no harm here. The same delay exposes the controls."""
    rig.start(webs=2, settings=BRISK, fill_delay=SLOW_FILL)
    assert main([rig.web.url, "--reads=300", "--seed=1"]) == 0
    outcomes.append(outcome("coherence, slow readers", report))


@pytest.mark.parametrize("cache", ["naive", pytest.param("delete first", marks=pytest.mark.nightly)])
def test_control(rig: Rig, report: Report, outcomes: list[Outcome], cache: str) -> None:
    """A naive cache, and the right one invalidated before the commit, until a race goes wrong."""
    rig.start(webs=2, settings=BRISK, cache=cache, fill_delay=SLOW_FILL)
    assert any(main([rig.web.url, "--reads=300", f"--seed={seed}"]) for seed in range(1, 11))
    outcomes.append(outcome(f"coherence control: {cache}", report, is_control=True))
    assert report.violations


@pytest.mark.nightly
def test_while_the_cache_dies(rig: Rig, outcomes: list[Outcome], seed: int) -> None:
    """The cache is repeatedly killed and restarted empty, and once stopped for a while."""
    rig.start(webs=2, settings=BRISK)
    run = Run(Plan(url=rig.web.url, reads=20_000, seed=seed))
    with in_background(partial(_trouble, rig)):
        report = run.go()
    outcomes.append(outcome("coherence while the cache dies", report))
    assert report.is_coherent, report.lines()


def _trouble(rig: Rig, ended: threading.Event) -> None:
    while not ended.wait(3):
        rig.servers.cache.kill()
        ended.wait(0.5)
        rig.servers.cache.start()
        ended.wait(3)
        rig.servers.cache.pause()
        ended.wait(1)
        rig.servers.cache.resume()


# Many technologies of one release cycle, so that a date or a change of its data moves all of them.
FORMS = ["{} 14", "{} v14", "{} version 14", "{} 14 lts", "{}:14", "{}@14"]
NAMES = [form.format(name) for form in FORMS for name in ("postgres", "postgresql", "pgsql", "psql", "pg")]
# The last day of support, days after it, and those around the 90th.
DAYS = [date(2026, 11, 12) + timedelta(days=days) for days in (0, 1, 20, 90, 91)]


def states(day: date) -> dict[str, dict[str, Any]]:
    """Return the expected list for a day, with the active lifecycle data."""
    assessor = Assessor(catalogue=store.current(), today=day)
    rows = {name: Tech(name=name, name_key=name) for name in NAMES}
    for row in rows.values():
        assessor.assess(row)
    return {name: {"name": name, "priority": row.level, "score": row.score} for name, row in rows.items()}


def read_on(number: int, ended: threading.Event, *, url: str, history: History, report: Report) -> None:
    """Read the whole list in every way."""
    reader = Reader(Api(url), history, report=report, chance=Random(number))  # noqa: S311
    addresses = ["/api/techs/?page_size=500", "/api/techs/?q=14&ordering=name", "/get"]
    views: list[View] = [All(address, NAMES) for address in addresses]
    while not ended.is_set():
        reader.read(views[report.reads % len(views)])


def test_midnight_and_new_facts(rig: Rig, outcomes: list[Outcome]) -> None:
    """Once a new day or new lifecycle data is processed, nobody reads the old levels."""
    rig.start(webs=2, settings=BRISK, sweep=False, clock=True)
    rig.faults.today.write_text(str(DAYS[0]))
    history, report = History(NAMES), Report()
    read = partial(read_on, url=rig.web.url, history=history, report=report)
    with in_background(*(partial(read, number) for number in range(4))):
        move_on(rig, history, DAYS[0], work=lambda: [rig.post(name) for name in NAMES])
        for day in DAYS[1:]:
            move_on(rig, history, day, work=outbox.publish_reassessment)
        add_local_facts(ends=date(2030, 1, 1))
        move_on(rig, history, DAYS[-1], work=outbox.publish_reassessment)
        enough = report.reads + 50
        assert wait_until(lambda: report.reads > enough, timeout=30)
    outcomes.append(outcome("coherence: midnight, new lifecycle data", report))
    scores = [version.state["score"] for version in history.registers[NAMES[0]].versions if version.state]
    assert scores == [79, 80, 82, 89, 90, 22]
    assert report.is_coherent, report.lines()


def move_on(rig: Rig, history: History, day: date, *, work: Callable[[], object]) -> None:
    """Reassess the list for this day and the active lifecycle data, and record when that was done."""
    basis = Assessor(catalogue=store.current(), today=day).basis
    begun = time.monotonic()
    versions = [history.registers[name].begin(state, at=begun) for name, state in states(day).items()]
    rig.faults.today.write_text(str(day))
    ends = rig.ends()
    work()
    assert wait_until(lambda: Tech.objects.filter(basis=basis).count() == len(NAMES), timeout=30)
    # The rows are saved, but the work is only done when the task has ended, too.
    assert wait_until(lambda: rig.ends() > ends and not rig.messages(), timeout=30)
    done = time.monotonic()
    for version in versions:
        version.done = done


def add_local_facts(*, ends: date) -> None:
    """Add a local product with other dates."""
    product = Product.objects.get(slug="postgresql")
    product.releases.filter(name="14").update(eol=ends)
    Product.objects.filter(pk=product.pk).update(source=Source.LOCAL)
    store.activate_local_changes()
