"""F5, F6, F8, F9: the broker is killed, stopped or unreachable under load."""

import random
from typing import Any

import pytest
import redis

from techlist.local.processes import wait_until
from tests.faults.proxy import Mode
from tests.faults.rig import BRISK, BRISK_VISIBILITY, Outcome, Rig, is_done
from tests.faults.test_lost_messages import waits_for_a_message


def test_killed(rig: Rig, outcomes: list[Outcome], seed: int, times: int) -> None:
    """F5. The broker returns with its file, and the worker reconnects without a restart."""
    rig.start(webs=2, settings=BRISK, visibility_timeout=BRISK_VISIBILITY)
    chance = random.Random(seed)  # noqa: S311  a repeatable load, no secret
    worker = rig.worker.pid
    load = rig.load(rate=30, seed=seed)
    for _ in range(times):
        load.run_for(chance.uniform(1, 4))
        rig.mark()
        rig.servers.broker.kill()
        load.run_for(chance.uniform(0, 2))
        rig.servers.broker.start()
    load.run_for(1)
    rig.settle(load, within=60)
    outcomes.append(rig.count("F5 broker killed", load))
    outcomes[-1].check()
    assert rig.worker.pid == worker
    assert rig.worker.is_alive()


def test_reply_lost_with_a_message_in_it(rig: Rig, outcomes: list[Outcome]) -> None:
    """F5. The broker has durably handed out the message, but no worker has received it."""
    rig.start(settings=BRISK)
    submission = next(filter(None, (_with_its_reply_lost(rig, f"fault reply {number}") for number in range(9))))
    assert wait_until(lambda: is_done(submission), timeout=30)
    outcomes.append(rig.count_posted("F5 reply with a message lost", submission))


def _with_its_reply_lost(rig: Rig, text: str) -> str | None:
    """Return None if the worker's blocking read ended before the message arrived; each lasts a second."""
    with redis.Redis(port=rig.servers.broker.port, decode_responses=True) as broker:
        assert wait_until(lambda: waits_for_a_message(broker), timeout=60)
    rig.broker.mode(Mode.DROP_REPLIES)
    rig.mark()
    submission = rig.post(text)
    is_lost = wait_until(lambda: not rig.messages(), timeout=3)
    rig.broker.cut()
    rig.broker.mode(Mode.PASS)
    return submission if is_lost else None


@pytest.mark.nightly
@pytest.mark.parametrize("seconds", [10, 60])
def test_stopped(rig: Rig, outcomes: list[Outcome], seed: int, seconds: int) -> None:
    """F6. POSTs are answered throughout."""
    rig.start(webs=2)
    load = rig.load(rate=30, seed=seed)
    load.run_for(3)
    rig.mark()
    rig.servers.broker.pause()
    load.run_for(seconds)
    rig.servers.broker.resume()
    load.run_for(15)
    rig.settle(load, within=150)
    outcomes.append(rig.count(f"F6 broker stopped for {seconds} s", load))
    outcomes[-1].check()


@pytest.mark.nightly
def test_connections_reset_then_half_open(rig: Rig, outcomes: list[Outcome], seed: int) -> None:
    """F8. A reset every 200 ms for 20 s, then silence. Afterwards the worker consumes again without a restart."""
    rig.start(webs=2)
    load = rig.load(rate=20, seed=seed)
    for _ in range(100):
        rig.mark()
        load.run_for(0.2)
        rig.broker.cut()
        rig.publishing.cut()
    rig.mark()
    rig.broker.mode(Mode.STALL)
    rig.publishing.mode(Mode.STALL)
    load.run_for(15)
    rig.broker.mode(Mode.PASS)
    rig.publishing.mode(Mode.PASS)
    load.run_for(15)
    rig.settle(load, within=150)
    outcomes.append(rig.count("F8 resets, then half-open", load))
    outcomes[-1].check()
    assert rig.worker.is_alive()


@pytest.mark.nightly
def test_worker_killed_while_it_restores(rig: Rig, outcomes: list[Outcome]) -> None:
    """F9. The dead worker's lock blocks all restores until it expires: after 15 s, where kombu's default is 300 s."""
    rig.start(sweep=False, slow=8, visibility_timeout=10)
    submission = rig.post("slow one")
    assert wait_until(lambda: rig.runs()[submission] == 1, timeout=60)
    with redis.Redis(port=rig.servers.broker.port) as broker:
        # The broker grants the lock, the answer is lost, and then the lock's holder is killed.
        rig.broker.cut_after(b"SET\r\n$13\r\nunacked_mutex")
        assert wait_until(lambda: rig.broker.cuts and broker.exists("unacked_mutex"), timeout=60)
        rig.mark()
        rig.worker.kill()
        locked_for: Any = broker.pttl("unacked_mutex")
        assert 0 < locked_for <= 15_000
        rig.worker.start()
        assert wait_until(lambda: rig.runs()[submission] == 2, timeout=30), "it was not restored"
        assert wait_until(lambda: is_done(submission), timeout=30)
    outcomes.append(rig.count_posted("F9 worker killed while it restores", submission))
