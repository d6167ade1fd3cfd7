"""F11: many concurrent submissions of one technology, in many spellings, end in one row with the last spelling."""

from concurrent.futures import ThreadPoolExecutor

from techlist.local.processes import wait_until
from techs.models import Submission, Tech
from techs.submissions import outbox
from tests.faults.rig import BRISK, Outcome, Rig, is_done

SPELLINGS = ["Résumé É", "résumé é", "RÉSUMÉ É", "Résumé  É ", " résumé É", "Ｒésumé É", "Re\u0301sume\u0301 E\u0301"]
OTHER = "Resume E"


def test_fifty_at_once(rig: Rig, outcomes: list[Outcome]) -> None:
    rig.start(webs=2, settings=BRISK)
    texts = [SPELLINGS[number % len(SPELLINGS)] for number in range(50)] + [OTHER]
    with ThreadPoolExecutor(25) as pool:
        posted = list(pool.map(rig.post, texts))
    assert wait_until(lambda: all(map(is_done, posted)), timeout=30)
    assert sorted(Tech.objects.values_list("name_key", flat=True)) == ["resume e", "résumé é"]
    # The database would treat the other name as equal.
    last = max(Submission.objects.filter(uuid__in=posted[:-1]), key=lambda submission: submission.pk)
    assert Tech.objects.get(name_key="résumé é").name == last.text
    outcomes.append(rig.count_posted("F11 one name, 50 at once", *posted))


def test_an_old_message_that_comes_again_changes_nothing(rig: Rig) -> None:
    rig.start(settings=BRISK)
    first, last = rig.post("stale name"), rig.post("STALE NAME")
    assert wait_until(lambda: is_done(first) and is_done(last), timeout=60)
    before = Tech.objects.get()
    # As if the first message had been lost after its row was saved, and arrived again after the last one.
    Submission.objects.filter(uuid=first).update(state="queued")
    outbox.publish(Submission.objects.get(uuid=first).uuid)
    assert wait_until(lambda: is_done(first), timeout=60)
    after = Tech.objects.get()
    assert (after.name, after.last_submission) == ("STALE NAME", before.last_submission)
