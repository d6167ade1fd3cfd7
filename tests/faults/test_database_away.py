"""F7: the database is killed or stopped, or loses the answer to a COMMIT, under load."""

import random
from functools import partial
from pathlib import Path

import pytest

from techlist.local.processes import wait_until
from tests.faults.faults import lines
from tests.faults.rig import BRISK, Outcome, Rig, is_done


def test_killed(rig: Rig, outcomes: list[Outcome], seed: int, times: int) -> None:
    rig.start(webs=2, settings=BRISK)
    chance = random.Random(seed)  # noqa: S311  a repeatable load, no secret
    load = rig.load(rate=30, seed=seed)
    for _ in range(times):
        load.run_for(chance.uniform(1, 3))
        rig.mark()
        rig.kill_database()
        load.run_for(chance.uniform(0, 2))
        rig.mariadb.start()
    load.run_for(1)
    rig.settle(load, within=60)
    outcomes.append(rig.count("F7 database killed", load))
    outcomes[-1].check()


@pytest.mark.nightly
def test_stopped(rig: Rig, outcomes: list[Outcome], seed: int) -> None:
    rig.start(webs=2)
    load = rig.load(rate=30, seed=seed)
    for seconds in (3, 10, 20):
        load.run_for(3)
        rig.mark()
        rig.mariadb.pause()
        load.run_for(seconds)
        rig.mariadb.resume()
    load.run_for(5)
    rig.settle(load, within=150)
    outcomes.append(rig.count("F7 database stopped", load))
    outcomes[-1].check()


def test_answer_to_a_commit_lost(rig: Rig, outcomes: list[Outcome], seed: int, times: int) -> None:
    """Nobody can know whether it was committed; retrying is right in both cases."""
    rig.start(webs=2, settings=BRISK)
    load = rig.load(rate=20, seed=seed)
    for number in range(10 * times):
        load.run_for(0.2)
        rig.mark()
        rig.database.cut_after(b"COMMIT")
        assert wait_until(lambda: rig.database.cuts > number, timeout=60)  # noqa: B023  awaited here
    load.run_for(1)
    rig.settle(load, within=60)
    outcomes.append(rig.count("F7 answer to a COMMIT lost", load))
    outcomes[-1].check()


def says(log: Path, text: str, times: int) -> bool:
    """Return whether the log contains the text this many times."""
    return log.read_text().count(text) == times


def test_outages_are_not_held_against_a_submission(rig: Rig) -> None:
    """Attempts are counted before the work, and those cut short by the outage are taken back afterwards."""
    rig.start(settings=BRISK | {"TECHLIST_MAX_ATTEMPTS": "2"}, slow=1)
    submission = rig.post("slow one")
    for number in range(1, 4):
        assert wait_until(lambda: lines(rig.faults.slowed) == number, timeout=60)  # noqa: B023  awaited here
        rig.kill_database()
        assert wait_until(partial(says, rig.worker.log, "the database is unavailable.", number), timeout=60)
        rig.mariadb.start()
    assert wait_until(lambda: is_done(submission), timeout=40)
