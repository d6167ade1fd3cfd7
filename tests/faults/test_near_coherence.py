"""No read of the near cache that starts after a write is done misses the write, even if answers of Redis come late."""

import threading
import time
from dataclasses import dataclass
from functools import partial
from random import Random

import pytest
from django.contrib.auth.models import User

from techlist.local.processes import wait_until
from techs import tokens
from tests.coherence.checker import Reader, Report
from tests.coherence.client import Api
from tests.coherence.history import History
from tests.coherence.views import All, spell
from tests.faults.conftest import IS_FULL
from tests.faults.rig import Outcome, Rig
from tests.support.factories import add
from tests.support.threads import in_background

KEY = "checked abcdefghijklmnop"
READERS = 8
READS_PER_WRITE = 6 * READERS
LATE = 0.06  # seconds, which readers and writers can tell apart on a busy machine
LATE_WRITES = 150 if IS_FULL else 15


@dataclass(frozen=True)
class Check:
    """Readers of the whole list, with and without ETags, while this process writes.

    pause: seconds between the reads of a reader, at most.
    """

    rig: Rig
    pause: float
    token: str = ""

    def run(self, *, writes: int, is_control: bool = False) -> Report:
        """Write this often. A control ends with the first stale read, which a busy machine may delay."""
        history, report = History([KEY]), Report()
        read = partial(self._read_on, history, report)
        with in_background(*(partial(read, number) for number in range(READERS))):
            for number in range(writes):
                name = spell(KEY, number)
                version = history.registers[KEY].begin({"name": name}, at=time.monotonic())
                add(name)
                version.done = time.monotonic()
                enough = report.reads + READS_PER_WRITE
                assert wait_until(partial(_has_read, report, enough), timeout=30, step=0.005)
                if is_control and report.violations:
                    break
        assert not report.unanswered
        assert report.not_modified
        return report

    def _read_on(self, history: History, report: Report, number: int, ended: threading.Event) -> None:
        chance = Random(number)  # noqa: S311  a repeatable load
        reader = Reader(Api(self.rig.web.url, self.token), history, report=report, chance=chance)
        while not ended.wait(chance.random() * self.pause):
            reader.read(All("/get", [KEY]))


def _has_read(report: Report, reads: int) -> bool:
    return report.reads > reads


def outcome(fault: str, report: Report, *, is_control: bool = False) -> Outcome:
    return Outcome(fault, stale=f"{report.violations:,} of {report.reads:,}", is_control=is_control)


@pytest.mark.parametrize("access", ["open", "login"])
def test_at_full_speed(rig: Rig, outcomes: list[Outcome], reads: int, access: str) -> None:
    rig.start_web(settings={"TECHLIST_ACCESS": access})
    token = tokens.create(User.objects.create_user("ada"))[1] if access == "login" else ""
    before = rig.servers.cache.calls("mget")
    report = Check(rig, pause=0, token=token).run(writes=reads // READS_PER_WRITE)
    outcomes.append(outcome(f"near cache, {access}", report))
    assert report.is_coherent, report.lines()
    # A read through Django asks for pages, so the near cache was really used.
    assert rig.servers.cache.calls("mget") - before < report.reads / 2


def test_with_late_answers(rig: Rig, outcomes: list[Outcome]) -> None:
    """Otherwise, all readers would wait for one answer, and none would come while it is on its way."""
    rig.start_web(late_tokens=LATE)
    report = Check(rig, pause=LATE).run(writes=LATE_WRITES)
    outcomes.append(outcome("near cache, late answers", report))
    assert report.is_coherent, report.lines()


def test_control_that_joins_questions_on_their_way(rig: Rig, outcomes: list[Outcome]) -> None:
    rig.start_web(late_tokens=LATE, old_tokens=True)
    report = Check(rig, pause=LATE).run(writes=150, is_control=True)
    outcomes.append(outcome("near cache control: joins a question on its way", report, is_control=True))
    assert report.violations
