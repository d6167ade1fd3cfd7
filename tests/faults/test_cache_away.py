"""F10: without the cache every list comes from the database, and no submission is done that readers might miss."""

import pytest

from techlist.coherence.client import Api
from techlist.processes import wait_until
from techs.models import Submission
from tests.faults.rig import BRISK, Outcome, Rig, is_done


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_not_done_until_the_list_is_forgotten(rig: Rig, outcomes: list[Outcome], how: str) -> None:
    rig.start(settings=BRISK)
    api = Api(rig.web.url)
    assert api.call("GET", "/api/techs/").json()["count"] == 0
    rig.mark()
    rig.servers.cache.kill() if how == "killed" else rig.servers.cache.pause()
    submission = rig.post("fault cache")
    assert wait_until(lambda: Submission.objects.filter(uuid=submission, state="saved").exists(), timeout=20)
    listed = api.call("GET", "/api/techs/")
    assert (listed.status, listed.json()["isCached"], listed.json()["count"]) == (200, False, 1)
    assert not is_done(submission)
    rig.servers.cache.ensure_running()
    assert wait_until(lambda: is_done(submission), timeout=30)
    assert api.call("GET", "/api/techs/").json()["count"] == 1
    outcomes.append(rig.count_posted(f"F10 cache {how}", submission))


@pytest.mark.nightly
def test_under_load(rig: Rig, outcomes: list[Outcome], seed: int) -> None:
    rig.start()
    load = rig.load(rate=30, seed=seed)
    for seconds in (1, 5, 15):
        load.run_for(3)
        rig.mark()
        rig.servers.cache.kill()
        load.run_for(seconds)
        rig.servers.cache.start()
    rig.settle(load, within=150)
    outcomes.append(rig.count("F10 cache killed under load", load))
    outcomes[-1].check()
