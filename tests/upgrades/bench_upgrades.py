"""Installations of old releases, filled by the old code and upgraded to the present one.

Each release is checked out from the history of this project.
"""

from collections.abc import Generator
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from redis import Redis

from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from techs.assessment.assessor import Assessor
from techs.lifecycles import store
from techs.models import LevelChange, Product, Source, Submission, SubmissionState, Tech, Webhook
from techs.net import signing
from techs.submissions import outbox
from tests.support.lifecycle_server import Answer, lifecycle_server
from tests.support.migrating import ask, empty_database
from tests.support.receiver import Receiver, Request
from tests.support.servers import Servers
from tests.upgrades import contents
from tests.upgrades.filling import IDEMPOTENCY_KEY, IMPORT, PUBLIC_DATA, TEAM_FIELDS, TIMEOUT, Team
from tests.upgrades.installation import PASSWORD, Installation, as_make_run, as_service
from tests.upgrades.releases import RELEASES, check_out
from tests.upgrades.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["/", "/import/", "/subscriptions/", "/tokens/", "/password/", "/api/docs/", "/admin/"]
LAST_MIGRATIONS = {"0.1.0": "0001_initial", "0.2.0": "0001_initial", "0.3.0": "0012_import_options"}
EXPORTS = ["export.csv", "export.json", "export.md", "calendar.ics", "badge.svg", "changes.atom"]


@pytest.fixture(params=RELEASES)
def team(
    request: pytest.FixtureRequest, servers: Servers, hook: Receiver, tmp_path: Path
) -> Generator[Team, None, None]:
    """A team that has worked with an old release, whose processes have stopped."""
    with lifecycle_server() as public, empty_database(tmp_path) as database:
        public.answer = Answer(PUBLIC_DATA, etag='"one"')
        sync = {"TECHLIST_SYNC": "on", "TECHLIST_SYNC_URL": public.url}
        env = as_service(servers, database, data=tmp_path / "data", **sync)
        old = Installation(check_out(request.param, into=tmp_path), servers, env=env)
        team = Team(old, request.param, servers, hook)
        team.set_up(tmp_path)
        with old.web():
            with old.worker(), old.beat():
                team.work()
            team.stop_working()
        yield team


@pytest.fixture
def present(team: Team, servers: Servers) -> Installation:
    return Installation(BASE_DIR, servers, env=team.old.env)


def test_upgrade(team: Team, present: Installation) -> None:
    before = contents.read()
    present.prepare()
    assert not missing(before, contents.MIGRATED)
    with present.web():
        team.visitor.visit(present.url)
        team.visitor.token = team.visitor.token or present.make_token("ada")
        assert team.visitor.api("GET", "/api/techs/")["isCached"] is False
        with present.worker(), present.beat():
            check_work_is_finished(team)
            assert team.visitor.api("GET", "/readyz")["status"] == "ok"
        check_list(team)
        check_access(team)
        check_pages(team)
    assert not missing(before, contents.RUNNING)
    check_way_back(team, present)
    assert not missing(before, contents.RUNNING)
    with present.web():
        check_undo(team, present)
    check_control()


def test_rolling_upgrade(team: Team, present: Installation) -> None:
    """Until it is restarted, an old process works on the new tables."""
    if team.release < "0.3":
        pytest.skip("must be stopped for the migrations of 0.3.0")
    with team.old.web():
        team.visitor.visit(team.old.url)
        present.prepare()
        # Old processes know no digests.
        kept, team.visitor.token = team.visitor.token, team.old.make_token("ada")
        with team.old.worker():
            add(team, "Rolling 1")
        team.visitor.api("PATCH", f"/api/techs/{team.find('Isolated 1')}/", {"note": "Still isolated."})
        with present.worker(), present.beat():
            add(team, "Rolling 2")
            with present.web():
                team.visitor.visit(present.url)
                team.visitor.token = kept
                add(team, "Rolling 3")
                assert team.visitor.api("GET", f"/api/techs/{team.find('Isolated 1')}/")["note"] == "Still isolated."
                check_work_is_finished(team)


@pytest.mark.parametrize("release", RELEASES)
def test_make_run(release: str, servers: Servers, tmp_path: Path) -> None:
    """The old version is killed while it works, and the present one goes on with its data directory."""
    if servers.database != "sqlite":
        pytest.skip("`make run` uses SQLite by default")
    env = as_make_run(data=tmp_path / "data")
    old = Installation(check_out(release, into=tmp_path), servers, env=env)
    present = Installation(BASE_DIR, servers, env=env)
    visitor = Visitor()
    texts = {f"Thing {number}" for number in range(200)}
    old.prepare()
    with old.all() as running:
        visitor.visit(old.url)
        for text in texts:
            visitor.api("POST", "/api/techs/", {"text": text})
        running.kill()
    present.prepare()
    with present.all():
        assert wait_until(lambda: names(visitor) == texts, timeout=2 * TIMEOUT, step=0.5)
        assert visitor.api("GET", "/readyz")["status"] == "ok"


def names(visitor: Visitor) -> set[str]:
    return {tech["name"] for tech in visitor.api("GET", "/api/techs/?page_size=500")["data"]}


def add(team: Team, text: str) -> None:
    submission = team.visitor.api("POST", "/api/techs/", {"text": text})["submission"]["id"]
    path = f"/api/submissions/{submission}/"
    assert wait_until(lambda: team.visitor.api("GET", path)["state"] == "done", timeout=TIMEOUT)
    assert text in names(team.visitor)


def missing(before: contents.Contents, may_change: frozenset[str]) -> list[str]:
    return list(contents.lost(before, contents.read(), may_change=may_change))


def check_work_is_finished(team: Team) -> None:
    """Accepted submissions, reassessments and news are processed, and no message stays in the broker."""
    waiting = Submission.objects.filter(outbox.UNFINISHED)
    assert wait_until(lambda: not waiting.exists(), timeout=TIMEOUT), list(waiting.values())
    for path in team.unfinished:
        assert team.visitor.api("GET", path)["state"] == "done"
    assert not Submission.objects.filter(state=SubmissionState.FAILED).exists()
    store._active = None
    outdated = Tech.objects.exclude(basis=Assessor.current().basis)
    assert wait_until(lambda: not outdated.exists(), timeout=2 * TIMEOUT), list(outdated.values("name", "basis"))
    django = Product.objects.filter(slug="django")
    assert wait_until(lambda: django.get().identifiers == ["pkg:pypi/django"], timeout=TIMEOUT), "details are fetched"
    assert Product.objects.filter(slug="our-shop", source=Source.LOCAL).exists()
    if team.has_imports:
        assert wait_until(lambda: any(map(is_signed_news, team.hook.requests)), timeout=TIMEOUT)
    with Redis(port=team.servers.broker.port) as broker:
        assert wait_until(lambda: not broker.llen("celery") and not broker.llen("imports"), timeout=TIMEOUT)


def is_signed_news(request: Request) -> bool:
    """Return True for the change of level that was made while no worker was running, if its signature is right."""
    body = request.body.decode()
    if "Django 3.2" not in body or "low" not in body:
        return False
    headers = request.headers
    expected = signing.signature_headers(
        body,
        secrets=[Webhook.objects.get().secret],
        event=headers["webhook-id"],
        timestamp=int(headers["webhook-timestamp"]),
    )
    return headers["webhook-signature"] == expected["webhook-signature"]


def check_list(team: Team) -> None:
    """Every technology is there as the team left it, and the late ones are, too."""
    visitor = team.visitor
    names = {tech["name"] for tech in team.techs()}
    late = {"Lost message 1", "Waiting 1"} | ({"Late import 1", "Late import 2"} if team.has_imports else set())
    assert names == {tech["name"] for tech in team.shown.values()} | late
    for pk, shown in team.shown.items():
        now = visitor.api("GET", f"/api/techs/{pk}/")
        kept = [name for name in TEAM_FIELDS if name in shown]
        assert {name: now[name] for name in kept} == {name: shown[name] for name in kept}
        assert all(change in now["level_changes"] for change in shown["level_changes"])
    levels = {tech["name"]: tech["priority"] for tech in team.techs()}
    assert levels["Our Shop 1"] == "critical"
    assert levels["Isolated 1"] == "low"
    assert {row["text"].rpartition(" - ")[0] for row in visitor.api("GET", "/get")["data"]} == names


def check_access(team: Team) -> None:
    """Session, password, permissions, token, feed and idempotency keys are valid as before."""
    visitor = team.visitor
    visitor.page("/admin/")
    assert visitor.token not in str(contents.read())
    again = Visitor()
    again.visit(visitor.url)
    again.log_in(username="ada", password=PASSWORD)
    permissions = {*Group.objects.get().permissions.values_list("codename", flat=True)}
    expected = {"view_lifecycledataversion"} | ({"view_webhookevent", "view_tech"} if team.has_imports else set())
    assert permissions == expected
    submissions = Submission.objects.count()
    visitor.api("POST", "/api/techs/", {"text": "Once 1"}, **IDEMPOTENCY_KEY)
    assert Submission.objects.count() == submissions
    if team.has_imports:
        visitor.api("POST", "/api/imports/", IMPORT, **IDEMPOTENCY_KEY)
        assert Submission.objects.count() == submissions
        again.anonymous(team.feed)


def check_pages(team: Team) -> None:
    """Every page opens: of the list, of each technology and of each row of the admin."""
    visitor = team.visitor
    paths = [*PAGES, *(f"/api/techs/{name}" for name in EXPORTS), *(f"/techs/{pk}/" for pk in team.shown)]
    for path in paths:
        visitor.page(path)
    for model in visitor.links("/admin/", r"/admin/techs/\w+/"):
        for row in visitor.links(model, r"/admin/techs/\w+/\d+/change/"):
            visitor.page(row)


def check_undo(team: Team, present: Installation) -> None:
    """The last edit and the removals before the upgrade can be undone after it."""
    if not team.has_imports:
        return
    visitor = team.visitor
    visitor.visit(present.url)
    edited = next(pk for pk, tech in team.shown.items() if tech["name"] == "Imported 2")
    [undo] = visitor.links(f"/techs/{edited}/", r"/actions/[0-9]+/undo/", attribute="action")
    visitor.submit(f"/techs/{edited}/", to=undo)
    tech = visitor.api("GET", f"/api/techs/{edited}/")
    assert (tech["note"], tech["evergreen"]) == ("", False)
    [undo] = visitor.links("/", r"/actions/[0-9]+/undo/", attribute="action")
    visitor.submit("/", to=undo)
    # The list offers the newest removal only, and the activity all of them.
    removals = visitor.api("GET", "/api/activity/?kind=removed")["data"]
    [removal] = [each["id"] for each in removals if each["changes"][0]["name"] == "Gone 1"]
    visitor.submit("/activity/", to=f"/actions/{removal}/undo/")
    restored = {tech["name"]: tech for tech in team.techs()}
    assert restored["Imported 1"]["owner"] == "Shop"
    assert "Gone 1" in restored


def check_way_back(team: Team, present: Installation) -> None:
    """The migrations can be reversed for the old version, and made again. Digests are no tokens for it."""
    present.manage("migrate", "techs", LAST_MIGRATIONS[team.release])
    team.visitor.token = team.old.make_token("ada") if team.has_logins else ""
    with team.old.web(), team.old.worker():
        team.visitor.visit(team.old.url)
        add(team, "Back 1")
    present.prepare()
    team.visitor.token = team.visitor.token or present.make_token("ada")
    with present.web(), present.worker():
        team.visitor.visit(present.url)
        add(team, "Forth 1")


def check_control() -> None:
    """Rows and values that get lost are found."""
    before = contents.read()
    ask(f"UPDATE techs_tech SET note = 'lost' WHERE id = {Tech.objects.earliest('pk').pk}")  # noqa: S608
    ask(f"DELETE FROM techs_levelchange WHERE id = {LevelChange.objects.latest('pk').pk}")  # noqa: S608
    found = missing(before, contents.RUNNING)
    assert len(found) == 2
    assert "techs_levelchange" in found[0]
    assert "techs_tech.note" in found[1]
