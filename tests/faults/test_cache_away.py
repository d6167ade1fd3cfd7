"""F10: without the cache, lists come from the database, and no submission is done while readers might miss it."""

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest

from techlist.local.processes import wait_until
from techs.models import PendingInvalidation, Submission, Tech
from tests.coherence.client import Api
from tests.faults.faults import lines
from tests.faults.proxy import Mode
from tests.faults.rig import BRISK, Outcome, Rig, is_done


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_not_done_until_the_list_is_forgotten(rig: Rig, outcomes: list[Outcome], how: str) -> None:
    rig.start(settings=BRISK)
    api = Api(rig.web.url)
    assert api.call("GET", "/api/techs/").json()["count"] == 0
    rig.mark()
    rig.servers.cache.kill() if how == "killed" else rig.servers.cache.pause()
    submission = rig.post("fault cache")
    assert wait_until(lambda: Submission.objects.filter(uuid=submission, state="saved").exists(), timeout=60)
    listed = api.call("GET", "/api/techs/")
    assert (listed.status, listed.json()["isCached"], listed.json()["count"]) == (200, False, 1)
    assert not is_done(submission)
    rig.servers.cache.ensure_running()
    assert wait_until(lambda: is_done(submission), timeout=30)
    assert api.call("GET", "/api/techs/").json()["count"] == 1
    outcomes.append(rig.count_posted(f"F10 cache {how}", submission))


def test_edit_whose_writer_loses_the_cache(rig: Rig, outcomes: list[Outcome]) -> None:
    """The edit is committed but the cached list is not invalidated, so readers see a stale list until the sweep."""
    rig.start(settings=BRISK, sweep=False, slow=1)
    api = Api(rig.web.url)
    submission = rig.post("slow one")
    assert wait_until(lambda: is_done(submission), timeout=60)
    tech = Tech.objects.get()
    with ThreadPoolExecutor(1) as pool:
        edit = pool.submit(Api(rig.web.url).call, "PATCH", f"/api/techs/{tech.pk}/", body={"note": "edited"})
        assert wait_until(lambda: lines(rig.faults.slowed) == 2, timeout=60)
        assert note_listed(api) == ""  # and cache the list without it
        rig.mark()
        rig.cache.mode(Mode.REFUSE)
        rig.cache.cut()
        assert edit.result().status == HTTPStatus.SERVICE_UNAVAILABLE
    rig.cache.mode(Mode.PASS)
    tech.refresh_from_db()
    assert (tech.note, note_listed(api)) == ("edited", "")
    rig.start_beat()
    assert wait_until(lambda: note_listed(api) == "edited", timeout=15)
    assert not PendingInvalidation.objects.exists()
    outcomes.append(rig.count_posted("F10 edit that loses the cache", submission))


def note_listed(api: Api) -> str:
    """Return the note shown in the list, even if the server has closed the connection meanwhile."""
    (row,) = api.insist("GET", "/api/techs/", timeout=10).json()["data"]
    return str(row["note"])


@pytest.mark.nightly
def test_under_load(rig: Rig, outcomes: list[Outcome], seed: int) -> None:
    rig.start(webs=2)
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
