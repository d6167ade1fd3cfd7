"""F15: submissions that are processed together die together, but are neither lost nor held against each other."""

import pytest

from techlist.local.processes import wait_until
from techs.models import Action, Submission, SubmissionState, Tech
from tests.faults.faults import lines
from tests.faults.injection import BATCH_CRASH_POINTS
from tests.faults.rig import Outcome, Rig, is_done
from tests.faults.test_poison import failed

SAMPLE = "a batch between commit and invalidation"


def pile_up(rig: Rig, *texts: str) -> list[str]:
    """POST several technologies while no worker runs, and then start it."""
    rig.worker.kill()
    submissions = [rig.post(text) for text in texts]
    rig.mark()
    rig.worker.start()
    return submissions


@pytest.mark.parametrize(
    "point", [pytest.param(point, marks=[] if point == SAMPLE else pytest.mark.nightly) for point in BATCH_CRASH_POINTS]
)
def test_pool_process_dies_in_a_batch(rig: Rig, outcomes: list[Outcome], point: str) -> None:
    """Without the sweep: the messages themselves find unfinished submissions."""
    rig.start(sweep=False, crash_at=point)
    submissions = pile_up(rig, "crash once", *(f"fault other {number}" for number in range(9)))
    assert wait_until(lambda: all(map(is_done, submissions)), timeout=30)
    assert wait_until(lambda: not rig.messages(), timeout=60)
    assert Tech.objects.count() == Action.objects.count() == 10
    assert not Submission.objects.filter(attempts__gt=1).exists()
    outcomes.append(rig.count_posted(f"F15 pool process killed with {point}", *submissions))
    outcomes[-1].check()


def test_poison_in_a_batch(rig: Rig, outcomes: list[Outcome]) -> None:
    rig.start(sweep=False, poison=True)
    poison, *others = pile_up(rig, "poison", *(f"fault other {number}" for number in range(9)))
    assert wait_until(lambda: all(map(is_done, others)) and failed(poison), timeout=40)
    assert wait_until(lambda: not rig.messages(), timeout=60)
    assert Submission.objects.get(uuid=poison).attempts == 5
    assert not Submission.objects.filter(uuid__in=others, attempts__gt=1).exists()
    outcomes.append(rig.count_posted("F15 poison in a batch: the others", *others))
    outcomes[-1].check()


def test_control_whose_batches_are_not_counted(rig: Rig) -> None:
    """The poison takes the others along for ever."""
    rig.start(sweep=False, poison=True, uncounted=True)
    pile_up(rig, "poison", *(f"fault other {number}" for number in range(9)))
    assert wait_until(lambda: lines(rig.faults.starts) >= 10, timeout=60)
    assert not Submission.objects.filter(state=SubmissionState.DONE).exists()
