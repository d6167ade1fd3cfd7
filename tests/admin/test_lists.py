"""Every list in the admin opens, filters and searches; actions and edits use the same functions as the API."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from techs import cache
from techs.exports import feed_tokens
from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import trend, undo
from techs.models import (
    Action,
    DateChange,
    LevelChange,
    LifecycleDataVersion,
    Product,
    Release,
    Submission,
    SubmissionState,
    Tech,
    Webhook,
)
from techs.submissions import outbox
from techs.webhooks import deliveries
from tests.support.factories import add, submit
from tests.support.pages import attribute, visit

pytestmark = pytest.mark.django_db(transaction=True)


# Management forms of the read-only inlines on a technology's page.
PAST = {f"{table}-{forms}_FORMS": "0" for table in ("level_changes", "submissions") for forms in ("TOTAL", "INITIAL")}


def run(client: Client, model: str, action: str, *rows: Any, **extra: Any) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows]} | extra
    path, _, query = model.partition("/?")
    response = client.post(f"/admin/techs/{path}/?{query}", data, follow=True)
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.mark.parametrize("model", ["tech", "submission", "import", "product", "release", "lifecycledataversion"])
@pytest.mark.parametrize("query", ["", "?q=django"])
def test_lists(admin_client: Client, model: str, query: str) -> None:
    submit("Django 3.2")
    service.accept(read("django.txt", b"Django 3.2\n---"), name="django.txt")
    query = query if model != "lifecycledataversion" else ""
    response = admin_client.get(f"/admin/techs/{model}/{query}")
    assert response.status_code == 200
    assert b"0 results" not in response.content


@pytest.mark.parametrize(
    "query",
    ["tech/?level__exact=critical", "tech/?impact__exact=normal", "submission/?state__exact=done"]
    + ["tech/?product=django", "submission/?state__in=queued,done"]
    + ["product/?source__exact=starter", "release/?product__source__exact=starter"],
)
def test_filters(admin_client: Client, query: str) -> None:
    submit("Django 3.2")
    response = admin_client.get(f"/admin/techs/{query}")
    assert response.status_code == 200
    assert b'class="paginator"' in response.content
    assert response.context["cl"].result_count > 0


def test_submissions_by_their_way_in(admin_client: Client) -> None:
    submit("Node.js 20")
    service.accept(read("", b"Django 3.2"))
    for way, text in (("alone", "Node.js 20"), ("import", "Django 3.2")):
        rows = admin_client.get(f"/admin/techs/submission/?way={way}").context["cl"].result_list
        assert [row.text for row in rows] == [text]


@pytest.mark.parametrize(
    ("model", "titles"),
    [("levelchange", ["new level", "old level", "day"]), ("webhook", ["kind", "active"])],
)
def test_filters_say_what_they_are_by(admin_client: Client, webhook: Webhook, model: str, titles: list[str]) -> None:
    add("Django 3.2")
    tech = Tech.objects.get()
    LevelChange.objects.create(tech=tech, name="x", at=tech.assessed_at, from_level="low", to_level="high", why="x")
    shown = admin_client.get(f"/admin/techs/{model}/").context["cl"].filter_specs
    assert [each.title for each in shown] == titles


def test_a_technology_leads_to_its_page(admin_client: Client) -> None:
    tech = add("Django 3.2")
    link = attribute(visit(admin_client, f"/admin/techs/tech/{tech.pk}/change/"), "a.viewsitelink", "href")
    assert admin_client.get(link).headers["Location"] == f"http://testserver/techs/{tech.pk}/"


def test_times_are_of_24_hours_and_name_their_zone(admin_client: Client) -> None:
    submission = submit("Django 3.2")
    moment = f"{submission.created_at:%H:%M} UTC"
    assert moment in admin_client.get(f"/admin/techs/submission/{submission.pk}/change/").content.decode()


def test_pages_of_single_rows(admin_client: Client) -> None:
    submission = submit("Django 3.2")
    for row in [
        submission.tech,
        submission,
        Product.objects.first(),
        Release.objects.first(),
        LifecycleDataVersion.objects.first(),
    ]:
        assert row is not None
        url = f"/admin/techs/{row._meta.model_name}/{row.pk}/change/"
        assert admin_client.get(url).status_code == 200


def test_an_import_leads_to_its_lines(admin_client: Client) -> None:
    submit("Node.js 20")
    batch = service.accept(read("", b"Django 3.2\n---"))
    html = admin_client.get(f"/admin/techs/import/{batch.pk}/change/").content.decode()
    assert "Line 2: --- (This has no letter or digit.)" in html
    url = f"/admin/techs/submission/?of_import__id__exact={batch.pk}"
    assert f'href="{url}">1 submission<' in html
    lines = admin_client.get(url).content.decode()
    assert "Django 3.2" in lines
    assert "Node.js 20" not in lines


def test_edit_assesses_and_forgets(admin_client: Client) -> None:
    tech = add("Postgres 14")
    token = cache._token()
    form = {"impact": "critical", "note": "ours"} | PAST
    response = admin_client.post(f"/admin/techs/tech/{tech.pk}/change/", form, follow=True)
    assert response.status_code == 200
    tech.refresh_from_db()
    assert (tech.impact, tech.note, tech.level) == ("critical", "ours", "critical")
    assert cache._token() != token


def test_delete_one_forgets(admin_client: Client) -> None:
    tech = add("Postgres 14")
    token = cache._token()
    admin_client.post(f"/admin/techs/tech/{tech.pk}/delete/", {"post": "yes"})
    assert not Tech.objects.exists()
    assert cache._token() != token


def test_delete_several_forgets(admin_client: Client) -> None:
    techs = [add("Postgres 14"), add("React")]
    token = cache._token()
    run(admin_client, "tech", "delete_selected", *techs, post="yes")
    assert not Tech.objects.exists()
    assert cache._token() != token
    assert LogEntry.objects.filter(action_flag=DELETION).count() == 2
    undo.undo(Action.objects.get(kind="removed").pk)
    assert set(Tech.objects.values_list("name", flat=True)) == {"Postgres 14", "React"}, "one action undoes both"


def test_assess_again(admin_client: Client) -> None:
    techs = [add("Postgres 14"), add("React")]
    assert "2 queued for reassessment." in run(admin_client, "tech", "assess_again", *techs)
    assert Submission.objects.filter(state=SubmissionState.QUEUED).count() == 2


def test_requeue(admin_client: Client) -> None:
    done, failed = submit("React"), outbox.accept(text="Postgres 14")
    Submission.objects.filter(pk=failed.pk).update(state=SubmissionState.FAILED, attempts=5, error="x")
    assert "1 requeued. Already done: 1." in run(admin_client, "submission", "requeue", done, failed)
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.error) == (SubmissionState.QUEUED, 0, "")


def test_requeue_from_a_list_that_they_leave(admin_client: Client) -> None:
    failed = outbox.accept(text="Postgres 14")
    Submission.objects.update(state=SubmissionState.FAILED)
    html = run(admin_client, "submission/?state__exact=failed", "requeue", failed)
    assert "1 requeued.<" in html


def test_requeue_needs_the_permission_to_change(client: Client) -> None:
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_submission"))
    client.force_login(viewer)
    failed = outbox.accept(text="Postgres 14")
    Submission.objects.update(state=SubmissionState.FAILED)
    run(client, "submission", "requeue", failed)
    failed.refresh_from_db()
    assert failed.state == SubmissionState.FAILED


READ_ONLY = [
    *["submission", "import", "release", "lifecycledataversion", "datechange", "levelchange", "delivery"],
    *["subscription", "levelday"],
]


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_only_the_system_writes_is_read_only(admin_client: Client, webhook: Webhook, model: str) -> None:
    """Not even an administrator can add, change or delete it; but a subscription can be revoked."""
    tech = add("Django 3.2")
    service.accept(read("", b"React"))
    LevelChange.objects.create(tech=tech, name="x", at=tech.assessed_at, from_level="low", to_level="high", why="x")
    deliveries.send_test(webhook)
    feed_tokens.create(User.objects.get(), name="x")
    facts = {"product": "django", "cycle": "3.2", "field": "end_of_life", "before": "none", "after": "2028-04-30"}
    trend.note(timezone.now())
    DateChange.objects.create(**facts, title="x", seen_on="2026-11-28", version=LifecycleDataVersion.objects.get())
    row = apps.get_model("techs", model).objects.first()
    page = f"/admin/techs/{model}/{row.pk}"
    assert admin_client.get(f"{page}/change/").status_code == 200
    may_delete = model == "subscription"
    refused = [f"/admin/techs/{model}/add/", f"{page}/change/", *([] if may_delete else [f"{page}/delete/"])]
    assert [admin_client.post(url, {"post": "yes"}).status_code for url in refused] == [403] * len(refused)
    offered = admin_client.get(f"/admin/techs/{model}/").content.decode()
    assert (">Delete selected" in offered) == may_delete
    run(admin_client, model, "delete_selected", row, post="yes")
    assert type(row).objects.filter(pk=row.pk).exists() != may_delete


def test_techs_are_not_added_without_an_assessment(admin_client: Client) -> None:
    assert admin_client.get("/admin/techs/tech/add/").status_code == 403
