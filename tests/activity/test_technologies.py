"""Every write of technologies records who changed which fields, in the transaction of the write."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from techs.activity import actors, recording
from techs.activity.actors import Actor
from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import editing
from techs.models import Action, ActionKind, ActorKind, Import, Submission, SubmissionState, Tech
from techs.rules.attributes import TechAttributes
from techs.submissions import batches, outbox, processing, splitting
from techs.transactions import in_transaction
from tests.support.factories import add, submit

pytestmark = pytest.mark.django_db(transaction=True)

ADA = Actor(kind=ActorKind.USER, name="ada", request_id="r1")
NEW: dict[str, list[Any]] = {
    "name": [None, "Django 3.2"],
    "impact": [None, "normal"],
    "kind": [None, "tracked"],
    "by_hand": [None, True],
}


def by_ada(work: Callable[[], Any]) -> Any:
    with actors.acting(lambda: ADA):
        return work()


def recorded() -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Return kind, actor and changed fields of each action."""
    return [
        (action.kind, action.actor, [change.fields for change in action.changes.all()])
        for action in Action.objects.order_by("pk")
    ]


def forget() -> None:
    Action.objects.all().delete()


def process_lines(batch: Any) -> None:
    batches.process_batch([line.pk for line in batch.submissions.all()], seconds=5)


def test_submission_is_recorded_with_the_actor_who_sent_it() -> None:
    submission = by_ada(lambda: outbox.accept(text="Django 3.2", owner="Shop"))
    with actors.acting(lambda: actors.WORKER):
        processing.process(submission.uuid)
    assert recorded() == [("added", "ada", [NEW | {"owner": [None, "Shop"]}])]
    action = Action.objects.get()
    assert (action.actor_kind, action.request_id, action.count) == ("user", "r1", 1)


def test_submission_that_changes_a_row() -> None:
    add("Django 3.2", owner="Shop", tags=["web"])
    forget()
    add("django 3.2", owner="Pay", tags=["web"])
    changed = {"name": ["Django 3.2", "django 3.2"], "owner": ["Shop", "Pay"]}
    assert recorded() == [("changed", "", [changed])]


def test_submission_that_changes_nothing() -> None:
    add("Django 3.2")
    forget()
    add("Django 3.2")
    assert recorded() == []


def test_submission_of_an_older_version_has_no_actor() -> None:
    submission = outbox.accept(text="Django 3.2")
    Submission.objects.update(actor_kind="", via="")
    processing.process(submission.uuid)
    assert Action.objects.get().actor_kind == ActorKind.WORKER


def test_submission_that_is_processed_twice_is_recorded_once() -> None:
    submission = submit("Django 3.2")
    Submission.objects.update(state=SubmissionState.QUEUED)
    processing.process(submission.uuid)
    assert Action.objects.count() == 1


def test_lines_of_an_import_are_one_action() -> None:
    add("Django 3.2", tags=["old"])
    add("React 18", tags=["web"])
    forget()
    manifest, attributes = read("", b"Django 3.2\nReact 18\nVue 3"), TechAttributes(tags=("web",))
    process_lines(by_ada(lambda: service.accept(manifest, attributes=attributes)))
    [(kind, actor, changes)] = recorded()
    assert (kind, actor, Action.objects.get().count) == ("imported", "ada", 2)
    assert {"tags": [["old"], ["old", "web"]]} in changes
    assert NEW | {"name": [None, "Vue 3"], "tags": [None, ["web"]]} in changes
    process_lines(service.accept(manifest, attributes=attributes))
    assert Action.objects.count() == 1, "nothing for lines that change nothing"


def test_lines_of_two_imports_in_one_message_keep_their_actors() -> None:
    """The sweep publishes lines of several imports together."""
    first = by_ada(lambda: service.accept(read("", b"Django 3.2\nVue 3")))
    bob = Actor(kind=ActorKind.TOKEN, name="bob", via="ci")
    with actors.acting(lambda: bob):
        second = service.accept(read("", b"django  3.2\nReact 18"))
    batches.process_batch([line.pk for batch in (first, second) for line in batch.submissions.all()], seconds=5)
    assert [(kind, actor, len(changes)) for kind, actor, changes in recorded()] == [
        ("imported", "ada", 2),
        ("imported", "bob", 2),
    ]
    assert {"name": ["Django 3.2", "django 3.2"]} in recorded()[1][2]


def test_line_that_is_processed_alone() -> None:
    batch = by_ada(lambda: service.accept(read("", b"Django 3.2")))
    processing.process(batch.submissions.get().uuid)
    assert recorded() == [("imported", "ada", [NEW])]


def test_edit() -> None:
    tech = add("Django 3.2")
    forget()
    by_ada(lambda: editing.edit(tech, owner="Shop", impact="high", note=""))
    assert recorded() == [("changed", "ada", [{"owner": ["", "Shop"], "impact": ["normal", "high"]}])]


def test_edit_that_changes_nothing() -> None:
    tech = add("Django 3.2")
    forget()
    editing.edit(tech, impact="normal", note="")
    editing.edit(tech, text="Django 3.2")
    assert recorded() == []


def test_corrected_text() -> None:
    tech = add("djano 3.2")
    forget()
    by_ada(lambda: editing.edit(tech, text="Django 3.2"))
    assert recorded() == [("changed", "ada", [{"name": ["djano 3.2", "Django 3.2"]}])]


def test_changed_version_is_resolved() -> None:
    tech = add("Django 3.2")
    forget()
    by_ada(lambda: editing.edit(tech, text="Django 5.2"))
    assert recorded() == [("resolved", "ada", [{"name": ["Django 3.2", "Django 5.2"]}])]


def test_two_rows_that_become_one_are_one_action() -> None:
    old, _ = add("djano 3.2", owner="Shop"), add("Django 3.2")
    forget()
    by_ada(lambda: editing.edit(old, text="Django 3.2"))
    removed = {field: pair[::-1] for field, pair in NEW.items()} | {"owner": ["Shop", None]}
    removed["name"] = ["djano 3.2", None]
    assert recorded() == [("removed", "ada", [removed, {"owner": ["", "Shop"]}])]


def test_removal() -> None:
    tech = add("Django 3.2", owner="Shop")
    forget()
    by_ada(lambda: editing.remove(tech))
    removed = {field: pair[::-1] for field, pair in NEW.items()} | {"owner": ["Shop", None]}
    assert recorded() == [("removed", "ada", [removed])]
    editing.remove(tech)
    assert Action.objects.count() == 1


def test_split() -> None:
    tech = add("Django 3.2, Redis 6", owner="Shop")
    forget()
    added = by_ada(lambda: splitting.split(tech, ["Django 3.2", "Redis 6"]))
    for submission in added:
        processing.process(submission.uuid)
    assert [(kind, actor) for kind, actor, _ in recorded()] == [("removed", "ada"), ("added", "ada"), ("added", "ada")]


def test_reassessment_changes_nothing_that_people_set() -> None:
    tech = add("Django 3.2")
    forget()
    processing.process(outbox.assess_again([tech])[0].uuid)
    assert recorded() == [("requeued", "", [{}])]


def test_requests_are_attributed() -> None:
    client = Client(headers={"x-request-id": "req-7"})
    client.force_login(User.objects.create_user("ada"))
    response = client.post("/api/techs/", {"text": "Django 3.2"}, content_type="application/json")
    assert response["X-Request-ID"] == "req-7"
    processing.process(Submission.objects.get().uuid)
    tech = Tech.objects.get()
    url = f"/api/techs/{tech.pk}/"
    client.patch(url, json.dumps({"owner": "Shop"}), content_type="application/json")
    client.post(f"/techs/{tech.pk}/rename/", {"text": "Django 4.2"})
    client.post(f"/techs/{tech.pk}/remove/")
    assert [kind for kind, *_ in recorded()] == ["added", "changed", "resolved", "removed"]
    who = list(Action.objects.order_by("pk").values_list("actor_kind", "actor", "request_id"))
    # With open access, the API ignores sessions.
    assert who == [("anonymous", "", "req-7")] * 2 + [("user", "ada", "req-7")] * 2


def test_import_is_attributed() -> None:
    client = Client(headers={"x-request-id": "req-7"})
    client.post("/api/imports/", {"lines": ["Django 3.2", "Vue 3"]}, content_type="application/json")
    process_lines(Import.objects.get())
    assert list(Action.objects.values_list("actor_kind", "request_id", "count")) == [("anonymous", "req-7", 2)]


def test_failed_write_records_nothing() -> None:
    tech = add("Django 3.2")
    forget()

    def fail() -> None:
        editing.edit(tech, owner="Shop")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        in_transaction(fail)
    assert recorded() == []
    assert not Tech.objects.get().owner


def test_many_changes_of_one_request_are_one_action() -> None:
    techs = [add(f"React {number}") for number in (17, 18, 19)]
    forget()
    with actors.acting(lambda: ADA), recording.as_one():
        for tech in techs:
            editing.edit(tech, owner="Shop")
    assert Action.objects.get().count == 3
    assert recorded() == [(ActionKind.CHANGED, "ada", [{"owner": ["", "Shop"]}] * 3)]
