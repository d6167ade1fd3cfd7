"""F13: a submission that kills its worker is stopped, and others are processed. F14: a slow submission."""

from django.test import Client

from techlist.local.processes import wait_until
from techs.models import Submission, Tech
from tests.faults.rig import BRISK, Outcome, Rig, is_done


def failed(submission: str) -> bool:
    return Submission.objects.filter(uuid=submission, state="failed").exists()


def test_poison(rig: Rig, outcomes: list[Outcome], admin_client: Client) -> None:
    rig.start(settings=BRISK, poison=True)
    rig.mark()
    poison = rig.post("poison")
    others = [rig.post(f"fault other {number}") for number in range(10)]
    assert wait_until(lambda: all(map(is_done, others)), timeout=40)
    assert wait_until(lambda: failed(poison), timeout=40)
    submission = Submission.objects.get(uuid=poison)
    # Five attempts that never finish; one or two more runs, which the sweep may add, notice that.
    assert submission.attempts == 5
    assert 6 <= rig.runs()[poison] <= 8
    assert not Tech.objects.filter(name_key="poison").exists()
    rig.drain(within=20)
    outcomes.append(rig.count_posted("F13 poison: the others", *others))

    # The admin shows its error, and can requeue it once the cause is fixed.
    listed = admin_client.get("/admin/techs/submission/?state__exact=failed").content.decode()
    assert "Gave up after 5 attempts" in listed
    rig.stop()
    rig.start(settings=BRISK)
    data = {"action": "requeue", "_selected_action": [submission.pk]}
    assert "1 requeued" in admin_client.post("/admin/techs/submission/", data, follow=True).content.decode()
    assert wait_until(lambda: is_done(poison), timeout=60)


def test_task_longer_than_the_visibility_timeout(rig: Rig, outcomes: list[Outcome]) -> None:
    """It is delivered again while the first run still works. Both runs end, and there is one row."""
    rig.start(sweep=False, slow=6, visibility_timeout=2)
    submission = rig.post("slow one")
    assert wait_until(lambda: rig.runs()[submission] >= 2, timeout=30)
    assert wait_until(lambda: is_done(submission), timeout=30)
    assert wait_until(lambda: not rig.messages(), timeout=30)
    assert Tech.objects.filter(name_key="slow one").count() == 1
    outcomes.append(rig.count_posted("F14 task longer than the visibility timeout", submission))
