"""Services and their uploads: each write records who changed which fields."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techs import tasks, tokens
from techs.activity import actors
from techs.activity.actors import Actor
from techs.exceptions import NameTaken
from techs.imports import replacing, uploads
from techs.inventory import invalidation, services
from techs.models import Action, ActorKind, Change, Service, Tech, TokenScope, Upload
from tests.support.activity import actions, changes, last
from tests.support.uploads import accept, push, service, work

pytestmark = pytest.mark.django_db(transaction=True)

ADA = Actor(kind=ActorKind.USER, name="ada", request_id="r1")
as_ada = partial(actors.acting, lambda: ADA)


def new_changes() -> list[tuple[str, str, dict[str, Any]]]:
    return changes(action=last())


def test_created_once() -> None:
    with as_ada():
        service("Shop", owner="Web", tags=["a"])
        service("Shop", owner="Other")
    assert actions() == [("added", "user", "ada")]
    fields = {"slug": [None, "shop"], "name": [None, "Shop"], "owner": [None, "Web"], "tags": [None, ["a"]]}
    assert changes() == [("service", "Shop", fields)]
    change = Change.objects.get()
    assert (change.object_id, change.service_id) == (Service.objects.get().pk,) * 2
    assert (last().request_id, last().count) == ("r1", 1)


@pytest.mark.parametrize(
    ("values", "kind", "fields"),
    [
        ({"owner": "Web"}, "changed", {"owner": ["", "Web"]}),
        ({"name": "Store", "tags": ["b"]}, "changed", {"name": ["Shop", "Store"], "tags": [[], ["b"]]}),
        ({"archived": True}, "archived", {"archived": [False, True]}),
    ],
)
def test_changed(values: dict[str, Any], kind: str, fields: dict[str, Any]) -> None:
    shop = service()
    services.change(shop, **values)
    assert last().kind == kind
    assert [each[2] for each in new_changes()] == [fields]
    services.change(shop, **values)
    assert Action.objects.count() == 2, "the same values again change nothing"


def test_deleted_restored_and_purged() -> None:
    shop = service(owner="Web")
    with as_ada():
        services.delete(shop)
        services.delete(shop)
        assert new_changes()[0][2] == {"archived": [False, True], "deleted": [False, True]}
        services.change(shop, archived=False)
        assert new_changes()[0][2] == {"archived": [True, False], "deleted": [True, False]}
        services.delete(shop)
    Service.objects.update(purge_at=timezone.now() - timedelta(days=1), recounted_to=None)
    tasks.clean_up()
    assert actions()[1:] == [
        *[("removed", "user", "ada"), ("restored", "user", "ada"), ("removed", "user", "ada")],
        ("removed", "worker", ""),
    ]
    values = {"slug": "shop", "name": "Shop", "owner": "Web", "archived": True, "deleted": True}
    gone = {field: [value, None] for field, value in values.items()}
    assert new_changes() == [("service", "Shop", gone)]


def test_the_tokens_of_a_purged_service_are_named() -> None:
    shop = service()
    tokens.create(User.objects.create_user("ada"), name="CI", scope=TokenScope.UPLOAD, service=shop)
    services.delete(shop)
    Service.objects.update(purge_at=timezone.now() - timedelta(days=1), recounted_to=None)
    tasks.clean_up()
    assert [(kind, name) for kind, name, _ in new_changes()] == [("service", "Shop"), ("token", "CI")]


def test_a_change_that_is_rolled_back_leaves_none() -> None:
    shop = service()
    service("Store")
    with pytest.raises(NameTaken):
        services.change(shop, name="Store", owner="Web")
    assert Action.objects.count() == 2


def test_a_second_try_records_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shop, tries = service(), iter([IntegrityError("deadlock")])
    invalidate = invalidation.schedule_invalidation

    def fail_once() -> None:
        for error in tries:
            raise error
        invalidate()

    monkeypatch.setattr(services, "schedule_invalidation", fail_once)
    services.change(shop, owner="Web")
    assert [kind for kind, *_ in actions()] == ["added", "changed"]


def test_an_upload_is_recorded_once_it_is_applied() -> None:
    shop = service()
    with as_ada():
        upload = accept(shop, "Django==3.2.25\nnumpy==1.21.6\n")
    assert [kind for kind, *_ in actions()] == ["added"]
    tasks.apply_upload(upload.pk)
    assert (last().kind, last().actor, last().request_id, last().count) == ("uploaded", "ada", "r1", 3)
    ids = dict(Tech.objects.values_list("name", "pk"))
    assert new_changes() == [
        ("source", "requirements.txt", {"origin": [None, "api"]}),
        ("technology", "Django 3.2", {"versions": [[], ["3.2.25"]]}),
        ("technology", "NumPy", {"versions": [[], ["1.21.6"]]}),
    ]
    found = Change.objects.filter(action=last(), object="technology").values_list("object_id", "service_id")
    assert set(found) == {(pk, shop.pk) for pk in ids.values()}


def test_an_upgrade_has_the_technology_that_left() -> None:
    shop = service()
    push(shop, "Django==3.2.25\nnumpy==1.21.6\n")
    before = Tech.objects.get(name="Django 3.2")
    push(shop, "Django==5.2.1\nnumpy==1.21.6\n")
    assert new_changes() == [
        ("source", "requirements.txt", {}),
        ("technology", "Django 5.2", {"versions": [[], ["5.2.1"]]}),
        ("technology", "Django 3.2", {"versions": [["3.2.25"], []]}),
    ]
    assert Change.objects.get(action=last(), name="Django 3.2").object_id == before.pk
    assert not Tech.objects.filter(pk=before.pk).exists()
    push(shop, "Django==5.2.3\nnumpy==1.21.6\n")
    assert new_changes() == [
        ("source", "requirements.txt", {}),
        ("technology", "Django 5.2", {"versions": [["5.2.1"], ["5.2.3"]]}),
    ]


def test_an_unchanged_upload_is_not_recorded() -> None:
    shop = service()
    push(shop, "Django==3.2.25\n")
    for content in ("Django==3.2.25\n", "# a comment\nDjango==3.2.25\n"):
        push(shop, content)
        assert Action.objects.count() == 2


def test_a_superseded_upload_is_not_recorded() -> None:
    shop = service()
    older = accept(shop, "Django==3.2.25\n")
    newer = accept(shop, "Django==5.2.1\n")
    work(older)
    work(newer)
    assert [change[1] for change in changes(object="technology")] == ["Django 5.2"]


def test_a_source_that_is_deleted() -> None:
    shop = service()
    push(shop, "Django==3.2.25\n")
    with as_ada():
        upload = uploads.remove(shop, "requirements.txt")
    work(upload)
    assert actions()[-1] == ("removed", "user", "ada")
    assert new_changes() == [
        ("source", "requirements.txt", {"origin": ["api", None], "technologies": [1, 0]}),
        ("technology", "Django 3.2", {"versions": [["3.2.25"], []]}),
    ]


def test_sources_that_are_emptied_because_their_files_are_gone() -> None:
    shop = service()
    push(shop, "Django==3.2.25\n", "a/requirements.txt")
    push(shop, "Django==3.2.25\nnumpy==1.21.6\n", "b/requirements.txt")
    with as_ada():
        [emptied] = uploads.complete(shop, origin="api", names=["a/requirements.txt"], is_confirmed=True)
    work(emptied)
    assert actions()[-1] == ("uploaded", "user", "ada")
    assert [(kind, name) for kind, name, _ in new_changes()] == [
        *[("source", "b/requirements.txt"), ("technology", "Django 3.2"), ("technology", "NumPy")],
    ]


def test_an_upload_of_an_older_version_is_the_worker_s() -> None:
    """Older web servers did not store who sent it."""
    upload = accept(service(), "Django==3.2.25\n")
    Upload.objects.update(actor_kind="", actor="", via="", request_id="")
    work(upload)
    assert actions()[-1] == ("uploaded", "worker", "")


def test_an_upload_whose_last_step_fails_at_first_is_recorded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    upload, failures, conclude = accept(service(), "Django==3.2.25\n"), [ValueError("broken")], replacing._conclude

    def fail_once(*args: Any) -> None:
        conclude(*args)
        if failures:
            raise failures.pop()

    monkeypatch.setattr(replacing, "_conclude", fail_once)
    work(upload)
    assert not failures
    assert [kind for kind, *_ in actions()] == ["added", "uploaded"]


def test_many_changes_are_written_in_bulk() -> None:
    shop = service()
    with CaptureQueriesContext(connection) as captured:
        push(shop, "".join(f"package-{number}==1.0\n" for number in range(1200)))
    statements = [query["sql"] for query in captured if query["sql"].startswith("INSERT INTO")]
    assert last().count == 1201
    assert len([sql for sql in statements if "techs_change" in sql]) < 20
