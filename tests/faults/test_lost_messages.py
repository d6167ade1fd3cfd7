"""F1: a message is lost if the worker dies after taking it and before recording it.

Celery's Redis transport has this window under any settings. The control shows the loss; the sweep repairs it.
"""

from dataclasses import replace
from typing import Any

import redis

from techlist.local.processes import wait_until
from techs.models import Submission
from tests.faults.rig import BRISK, Outcome, Rig, is_done

ROUNDS = 20


def waits_for_a_message(broker: Any) -> bool:
    """Return whether a worker is blocked in BRPOP, so that the server will hand it the next message."""
    return any(client["cmd"] == "brpop" and "b" in client["flags"] for client in broker.client_list())


def publish(rig: Rig, text: str) -> str:
    """Post, and wait until a thread of the web server has published the message. BRPOP may end before, without it."""
    published = rig.servers.broker.calls("lpush")
    submission = rig.post(text)
    assert wait_until(lambda: rig.servers.broker.calls("lpush") > published, timeout=60)
    return submission


def lose_a_message(rig: Rig) -> str:
    """Freeze the waiting worker, post, and kill it: the message is popped and exists nowhere."""
    with redis.Redis(port=rig.servers.broker.port, decode_responses=True) as broker:
        for number in range(ROUNDS):
            # No message of the previous round may be mistaken for this one.
            assert wait_until(lambda: waits_for_a_message(broker) and not rig.messages(), timeout=60)
            rig.worker.pause()
            submission = publish(rig, f"fault message {number}")
            if not broker.llen("celery") and not broker.hlen("unacked"):
                rig.mark()
                rig.worker.kill()
                rig.worker.start()
                return submission
            rig.worker.resume()
    raise AssertionError("no message could be caught on its way")


def test_control_without_the_sweep_it_is_lost(rig: Rig, outcomes: list[Outcome]) -> None:
    rig.start(sweep=False, visibility_timeout=1)
    lost = lose_a_message(rig)
    # As if it had been tried in a batch: otherwise, the next task would take it along.
    Submission.objects.filter(uuid=lost).update(chunk_attempts=1)
    # Later submissions are done, and nothing in the broker could bring the first one back.
    later = rig.post("fault later")
    assert wait_until(lambda: is_done(later), timeout=60)
    assert wait_until(lambda: not rig.messages(), timeout=60)
    outcomes.append(replace(rig.count_posted("F1 control: no sweep", lost, later), is_control=True))
    assert not is_done(lost)


def test_with_the_sweep_it_is_not(rig: Rig, outcomes: list[Outcome]) -> None:
    rig.start(settings=BRISK)
    submission = lose_a_message(rig)
    assert wait_until(lambda: is_done(submission), timeout=30)
    outcomes.append(rig.count_posted("F1 worker dies with a message in hand", submission))
