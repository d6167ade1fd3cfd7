"""F16: submissions without a message of their own. Tasks go on from one to the next, and the sweep restarts them."""

from dataclasses import replace

import pytest
import redis
from django.db.models import F, QuerySet
from django.utils import timezone

from techlist.local.processes import wait_until
from techs.models import Submission, SubmissionState, Tech
from techs.submissions import skipping
from tests.faults.injection import BATCH_CRASH_POINTS
from tests.faults.rig import BRISK, Outcome, Rig, is_done
from tests.faults.test_backlog import SAMPLE

NUMBER = 400


def wait_without_messages(*texts: str) -> list[str]:
    """Store submissions as they are in a backlog, and others between them. Return the ids of all."""
    now = timezone.now()
    several = [f"fault other {number}" for number in range(NUMBER)]
    several[NUMBER // 2 : NUMBER // 2] = texts
    rows = Submission.objects.bulk_create(Submission(text=text, publish_again_at=now) for text in several)
    return [str(row.uuid) for row in rows]


def are_done(submissions: list[str]) -> bool:
    return Submission.objects.filter(uuid__in=submissions, state=SubmissionState.DONE).count() == len(submissions)


def left() -> int:
    return Submission.objects.exclude(state=SubmissionState.DONE).count()


def tried_too_often(submissions: list[str]) -> QuerySet[Submission]:
    """Return those with more attempts than messages.

    The sweep counts its messages. Another one may come from the task that left a submission to the next.
    """
    return Submission.objects.filter(uuid__in=submissions, attempts__gt=F("publications") + 1)


def start_chain(rig: Rig, *texts: str) -> list[str]:
    """Let a message begin with submissions that have none."""
    return [*wait_without_messages(*texts), rig.post("fault first")]


def test_one_message_is_enough(rig: Rig, outcomes: list[Outcome]) -> None:
    """Without the sweep, each task leaves a message for the next one, until none waits."""
    rig.start(sweep=False, brief=True)
    submissions = start_chain(rig)
    assert wait_until(lambda: are_done(submissions), timeout=40)
    assert wait_until(lambda: not rig.messages(), timeout=60)
    assert 3 <= sum(rig.runs().values()) <= 1 + NUMBER / 20
    outcomes.append(rig.count_posted("F16 one message for all", *submissions))
    outcomes[-1].check()


def test_control_without_the_next_message_and_the_sweep(rig: Rig, outcomes: list[Outcome]) -> None:
    rig.start(sweep=False, brief=True, unfollowed=True)
    submissions = start_chain(rig)
    assert wait_until(lambda: is_done(submissions[-1]) and not rig.messages(), timeout=60)
    outcomes.append(replace(rig.count_posted("F16 control: no next message", *submissions), is_control=True))
    assert left() > NUMBER / 2


@pytest.mark.nightly
def test_next_messages_are_lost(rig: Rig, outcomes: list[Outcome]) -> None:
    rig.start(settings=BRISK, brief=True, unfollowed=True)
    rig.mark()
    submissions = start_chain(rig)
    assert wait_until(lambda: are_done(submissions), timeout=60)
    rig.drain(within=20)
    outcomes.append(rig.count_posted("F16 next messages lost", *submissions))
    outcomes[-1].check()


@pytest.mark.parametrize(
    "point",
    [pytest.param(point, marks=[] if point == SAMPLE else pytest.mark.nightly) for point in BATCH_CRASH_POINTS],
)
def test_pool_process_dies_in_the_middle(rig: Rig, outcomes: list[Outcome], point: str) -> None:
    """The task returns and goes on with others. The sweep publishes those of the batch that died, one by one."""
    rig.start(settings=BRISK, crash_at=point)
    rig.mark()
    submissions = start_chain(rig, "crash once")
    assert wait_until(lambda: are_done(submissions), timeout=60)
    assert Tech.objects.count() == NUMBER + 2
    assert not tried_too_often(submissions).exists()
    rig.drain(within=20)
    outcomes.append(rig.count_posted(f"F16 pool process killed with {point}", *submissions))
    outcomes[-1].check()


@pytest.mark.nightly
def test_control_of_a_batch_that_died_without_the_sweep(rig: Rig, outcomes: list[Outcome]) -> None:
    rig.start(sweep=False, crash_at="a batch before commit")
    submissions = start_chain(rig, "crash once")
    waiting = Submission.objects.exclude(state=SubmissionState.DONE).filter(chunk_attempts=0, attempts=0)
    assert wait_until(lambda: not waiting.exists() and not rig.messages(), timeout=60)
    outcomes.append(replace(rig.count_posted("F16 control: no sweep", *submissions), is_control=True))
    assert 1 <= left() <= 100


def test_poison_in_the_middle(rig: Rig, outcomes: list[Outcome]) -> None:
    """It uses up its own attempts only, although its neighbours had no message when it killed their batch."""
    rig.start(settings=BRISK, poison=True)
    submissions = start_chain(rig, "poison")
    poison = str(Submission.objects.values_list("uuid", flat=True).get(text="poison"))
    others = [submission for submission in submissions if submission != poison]
    failed = Submission.objects.filter(uuid=poison, state=SubmissionState.FAILED)
    assert wait_until(lambda: are_done(others) and failed.exists(), timeout=90)
    assert failed.get().attempts == 5
    assert not tried_too_often(others).exists()
    rig.drain(within=20)
    outcomes.append(rig.count_posted("F16 poison in the middle: the others", *others))
    outcomes[-1].check()


@pytest.mark.nightly
def test_worker_killed_in_the_middle(rig: Rig, outcomes: list[Outcome]) -> None:
    rig.start(settings=BRISK)
    submissions = start_chain(rig)
    assert wait_until(lambda: 0 < left() < NUMBER, timeout=60, step=0.001)
    rig.mark()
    rig.worker.kill()
    rig.worker.start()
    assert wait_until(lambda: are_done(submissions), timeout=60)
    assert not tried_too_often(submissions).exists()
    outcomes.append(rig.count_posted("F16 worker killed in the middle", *submissions))


@pytest.mark.parametrize("sweep", [True, pytest.param(False, id="control", marks=pytest.mark.nightly)])
def test_broker_and_web_server_lose_a_backlog(rig: Rig, outcomes: list[Outcome], seed: int, sweep: bool) -> None:  # noqa: FBT001
    """Few of its submissions had a message, and then none has."""
    rig.start(sweep=False, settings=BRISK)
    rig.worker.kill()
    load = rig.load(rate=200, seed=seed)
    assert wait_until(lambda: Submission.objects.count() >= 5 * skipping.ENOUGH, timeout=60)
    load.stop()
    assert rig.messages() < Submission.objects.count() - skipping.ENOUGH
    rig.mark()
    rig.web.kill()
    with redis.Redis(port=rig.servers.broker.port) as broker:
        broker.flushall()
    rig.worker.start()
    if sweep:
        rig.start_beat()
        rig.settle(load, within=60)
    name = "F16 broker and web server lose a backlog" if sweep else "F16 control: no sweep after that"
    outcomes.append(replace(rig.count(name, load), is_control=not sweep))
    if sweep:
        outcomes[-1].check()
    else:
        assert left() == Submission.objects.count()
