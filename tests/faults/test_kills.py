"""F2, F3, F4, F12: processes are killed or stopped under load."""

import os
import random
import signal
from functools import partial

import psutil
import pytest

from techlist.local.processes import wait_until
from techs.models import Tech
from tests.faults.injection import CRASH_POINTS
from tests.faults.load import Load
from tests.faults.rig import Outcome, Rig, is_done
from tests.support.servers import Server, runs


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_pool_process_dies_at(rig: Rig, outcomes: list[Outcome], point: str) -> None:
    """F3. The message returns at once, without the sweep and long before the visibility timeout."""
    rig.start(sweep=False, crash_at=point)
    rig.mark()
    submission = rig.post("crash once")
    assert wait_until(lambda: is_done(submission), timeout=15)
    assert wait_until(lambda: not rig.messages(), timeout=60)
    assert wait_until(lambda: rig.runs()[submission] == 2, timeout=60)
    assert Tech.objects.filter(name_key="crash once").count() == 1
    outcomes.append(rig.count_posted(f"F3 pool process killed {point}", submission))


def kill_again_and_again(rig: Rig, part: Server, *, load: Load, chance: random.Random) -> None:
    """Kill all processes of a part eight times, and restart them after 0 to 2 seconds."""
    for _ in range(8):
        load.run_for(chance.uniform(2, 8))
        rig.mark()
        part.kill()
        load.run_for(chance.uniform(0, 2))
        part.start()


@pytest.mark.nightly
def test_worker_killed_at_random(rig: Rig, outcomes: list[Outcome], seed: int) -> None:
    """F2. The parent process and its children are killed."""
    rig.start(webs=2)
    load = rig.load(rate=30, seed=seed)
    kill_again_and_again(rig, rig.worker, load=load, chance=random.Random(seed))  # noqa: S311  repeatable, no secret
    rig.settle(load, within=150)
    outcomes.append(rig.count("F2 worker killed at random", load))
    outcomes[-1].check()


@pytest.mark.nightly
def test_web_killed_during_posts(rig: Rig, outcomes: list[Outcome], seed: int) -> None:
    """F4. Clients lose their connections, but no submission that was answered with 202."""
    rig.start(webs=2)
    load = rig.load(rate=40, seed=seed)
    kill_again_and_again(rig, rig.web, load=load, chance=random.Random(seed))  # noqa: S311
    rig.settle(load, within=150)
    outcomes.append(rig.count("F4 web killed during POSTs", load))
    outcomes[-1].check()


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGQUIT, marks=pytest.mark.nightly)])
def test_rolling_restarts(rig: Rig, outcomes: list[Outcome], seed: int, times: int, number: signal.Signals) -> None:
    """F12. Running tasks are finished or returned, without the sweep and with a visibility timeout of an hour."""
    rig.start(webs=2, sweep=False, visibility_timeout=3600, slow=0.5)
    load = rig.load(rate=30, seed=seed)
    for _ in range(times):
        load.run_for(1)
        rig.mark()
        slow = rig.post("slow one")
        end_by_itself(rig.worker, number)
        rig.worker.start()
        # A message that was not returned would come back after an hour. Those before it take a while on a busy machine.
        assert wait_until(partial(is_done, slow), timeout=120)
        rig.mark()
        end_by_itself(rig.web, signal.SIGTERM)
        rig.web.start()
    rig.settle(load, within=150)
    outcomes.append(rig.count(f"F12 rolling restarts, worker by {number.name}", load))
    outcomes[-1].check()


def end_by_itself(part: Server, number: signal.Signals, *, within: float = 30) -> None:
    """Ask a process to stop, as an operator does."""
    os.kill(part.pid, number)
    see_it_end(part, within=within)


def see_it_end(part: Server, *, within: float) -> None:
    """Wait until its processes are gone."""
    processes = [psutil.Process(part.pid), *psutil.Process(part.pid).children(recursive=True)]
    assert wait_until(lambda: not any(map(runs, processes)), timeout=within), part.name
    part.kill()


@pytest.mark.parametrize("looks", [0, pytest.param(300, id="control", marks=pytest.mark.nightly)])
def test_asked_to_stop_with_a_message_on_its_way(rig: Rig, looks: int) -> None:
    """A pool process gets a task that the worker has already returned: it must not wait for its result to be read.

    The control waits as long as billiard would, which is the time that containers get to stop.
    """
    rig.start(sweep=False, visibility_timeout=3600, looks=looks)
    pool = psutil.Process(rig.worker.pid).children()
    for process in pool:
        process.suspend()
    submission = rig.post("on its way")
    assert wait_until(lambda: rig.messages_in_hand() == 1, timeout=60)
    worker = psutil.Process(rig.worker.pid)
    threads = worker.num_threads()
    os.kill(worker.pid, signal.SIGTERM)
    # It has returned its messages, and starts a thread while it waits for the pool.
    assert wait_until(lambda: worker.num_threads() > threads, timeout=60)
    for process in pool:
        process.resume()
    if looks:
        with pytest.raises(AssertionError):
            see_it_end(rig.worker, within=15)
        return
    see_it_end(rig.worker, within=15)
    rig.worker.start()
    assert wait_until(lambda: is_done(submission) and not rig.messages(), timeout=60)
