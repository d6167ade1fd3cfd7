"""The admin's dashboard, badges, history and bulk actions."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import Tag
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from techs import cache, tasks
from techs.admin import actions
from techs.admin.dashboard import Dashboard
from techs.admin.history_inlines import LATEST
from techs.inventory import editing
from techs.models import (
    Delivery,
    DeliveryState,
    LevelChange,
    LifecycleDataVersion,
    Product,
    Submission,
    SubmissionState,
    Tech,
    Webhook,
)
from techs.rules.kinds import Kind
from techs.rules.levels import Impact
from techs.submissions import outbox
from techs.webhooks import deliveries
from tests.admin.test_lists import PAST, run
from tests.support.factories import add, submit
from tests.support.lifecycle_server import TEN, Answer, LifecycleServer, document
from tests.support.pages import attributes, links, one, parse, text_of, texts, visit

pytestmark = pytest.mark.django_db(transaction=True)

HAND: dict[str, Any] = {"level_override": "low", "override_review_on": date(2999, 1, 1), "note": "it goes next week"}


def viewer(client: Client, *may: str) -> None:
    """Log in a user who may view some models, and change none."""
    person, _ = User.objects.get_or_create(username="viewer", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=may))
    client.force_login(person)


def may(_permission: str) -> bool:
    """An administrator has all permissions."""
    return True


def test_dashboard() -> None:
    for text in ("Django 3.2", "React", "our own thing", "their own thing"):
        submit(text)
    for state in ("queued", "saved", "failed"):
        waiting = outbox.accept(text="Postgres 14")
        Submission.objects.filter(pk=waiting.pk).update(state=state)
    facts = LifecycleDataVersion.objects.latest("id")
    seen = Dashboard.read(may=may, today=facts.as_of + timedelta(days=3))
    assert dict(seen.levels)["critical"] == 1
    assert dict(seen.levels)["unknown"] == 2
    assert (seen.unfinished, seen.failed, seen.given_up) == (2, 1, 0)
    assert (seen.lifecycle_data, seen.lifecycle_data_age) == (facts, 3)
    assert not seen.is_empty


def counts(shown: Tag) -> list[tuple[str, str]]:
    """Return the dashboard's counts and where each leads."""
    return [(str(a["href"]), text_of(a, "strong")) for a in shown.select("section.techs-dashboard li a:has(> strong)")]


def test_the_first_page_shows_it_with_ways_on(admin_client: Client, webhook: Webhook) -> None:
    """Each count leads to a list with as many rows."""
    for text in ("Django 3.2", "React", "our own thing", "their own thing"):
        submit(text)
    Tech.objects.filter(name="their own thing").update(kind=Kind.LIBRARY)
    for state in ("queued", "saved", "failed"):
        Submission.objects.filter(pk=outbox.accept(text=f"Postgres 14 {state}").pk).update(state=state)
    deliveries.send_test(webhook)
    Delivery.objects.update(state=DeliveryState.FAILED)
    found = counts(visit(admin_client, "/admin/"))
    assert ("/admin/techs/tech/?kind__exact=tracked&level__exact=critical", "1") in found
    assert ("/admin/techs/tech/?kind__exact=library", "1") in found
    assert len(found) == 9
    for url, count in found:
        assert admin_client.get(url).context["cl"].result_count == int(count), url


def test_accepted_risks_are_not_low(admin_client: Client) -> None:
    for text in ("Django 3.2", "Vue 2.7", "Ubuntu 26.04"):
        submit(text)
    for name, until in (("Django 3.2", date(2099, 2, 1)), ("Vue 2.7", date(2020, 2, 1))):
        # The review of the second one is due, but it is not assessed again yet.
        Tech.objects.filter(name=name).update(level="low", level_override="low", override_review_on=until)
    found = dict(counts(visit(admin_client, "/admin/")))
    assert found["/admin/techs/tech/?kind__exact=tracked&level__exact=low&risk=open"] == "2"
    assert found["/admin/techs/tech/?kind__exact=tracked&risk=accepted"] == "1"
    for url, count in found.items():
        assert admin_client.get(url).context["cl"].result_count == int(count), url


def test_an_empty_list_has_a_way_on(admin_client: Client) -> None:
    shown = visit(admin_client, "/admin/")
    assert {count for _, count in counts(shown)} == {"0"}
    assert links(shown, "section.techs-dashboard a")["Add technologies"] == "/"
    submit("React")
    assert "Add technologies" not in admin_client.get("/admin/").content.decode()


@pytest.mark.parametrize("path", ["/admin/", "/admin/techs/lifecycledataversion/"])
def test_a_failed_fetch_of_lifecycle_data_shows_its_reason(
    admin_client: Client, publisher: LifecycleServer, path: str
) -> None:
    publisher.answer = Answer(status=500)
    tasks.sync_lifecycles()
    html = admin_client.get(path).content.decode()
    assert re.search(r"The last fetch, on [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}, [0-9:]{5} UTC, failed: .*500", html)
    publisher.answer = Answer(document(*TEN))
    call_command("sync_lifecycles")
    assert "The last fetch" not in admin_client.get(path).content.decode()


def test_the_reason_of_a_failed_fetch_is_for_those_who_may_look(client: Client, publisher: LifecycleServer) -> None:
    publisher.answer = Answer(status=500)
    tasks.sync_lifecycles()
    viewer(client, "view_tech")
    assert client.get("/admin/techs/lifecycledataversion/").status_code == 403
    assert "The last fetch" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("permission", "shown"),
    [
        ("view_tech", 5),
        ("view_submission", 2),
        ("view_delivery", 0),
        ("view_lifecycledataversion", 0),
        ("view_product", None),
    ],
)
def test_counts_are_for_those_who_may_look(client: Client, permission: str, shown: int | None) -> None:
    viewer(client, permission)
    html = client.get("/admin/").content.decode()
    assert len(counts(parse(html))) == (shown or 0)
    assert ("Lifecycle data</a> from" in html) == (permission == "view_lifecycledataversion")
    assert ("techs-dashboard" in html) == (permission in {"view_tech", "view_submission", "view_lifecycledataversion"})


@pytest.mark.parametrize("model", ["tech", "submission"])
def test_levels_and_states_have_colours(admin_client: Client, model: str) -> None:
    submit("Django 3.2")
    html = admin_client.get(f"/admin/techs/{model}/").content.decode()
    word = "critical" if model == "tech" else "done"
    assert f'<span class="techs-level is-{word}">{word}</span>' in html
    assert parse(html).select('link[href^="/static/techs/admin"][href$=".css"]')


def test_changes_of_level_have_colours(admin_client: Client) -> None:
    editing.edit(add("Django 3.2"), **HAND)
    assert 'is-critical">critical</span>' in admin_client.get("/admin/techs/levelchange/").content.decode()


def test_a_technology_shows_its_past_and_nobody_edits_it(admin_client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), **HAND)
    html = admin_client.get(f"/admin/techs/tech/{tech.pk}/change/").content.decode()
    assert 'is-critical">critical</span>' in html
    assert 'is-done">done</span>' in html
    editable = attributes(parse(html), 'input[name]:not([type="hidden"]), select, textarea', "name")
    assert not [name for name in editable if re.match(r"(level_changes|submissions)-\d", name)]
    forged = {
        "impact": "low",
        "note": "x",
        "level_changes-0-id": tech.level_changes.get().pk,
        "level_changes-0-why": "y",
    }
    admin_client.post(f"/admin/techs/tech/{tech.pk}/change/", PAST | forged | {"level_changes-TOTAL_FORMS": "1"})
    assert LevelChange.objects.get().why != "y"


def test_only_the_newest_of_a_long_past(admin_client: Client) -> None:
    tech = add("Django 3.2")
    LevelChange.objects.bulk_create(
        LevelChange(tech=tech, name="x", at=timezone.now(), from_level="low", to_level="high", why=f"why {number:03d}")
        for number in range(LATEST + 5)
    )
    html = admin_client.get(f"/admin/techs/tech/{tech.pk}/change/").content.decode()
    assert len(set(re.findall(r"why \d{3}", html))) == LATEST
    assert "why 000" not in html


def test_a_technology_shows_the_facts_of_its_product(client: Client) -> None:
    """All release cycles with its own marked, and a link to more for those who may view it."""
    tech = add("Django 3.2")
    for permissions in (["view_tech"], ["view_tech", "view_product"]):
        viewer(client, *permissions)
        shown = visit(client, f"/admin/techs/tech/{tech.pk}/change/")
        facts = one(shown, 'section:-soup-contains("Lifecycle data for Django")')
        product = Product.objects.get(slug="django")
        assert len(facts.select('th[scope="row"]')) == product.releases.count() > 1
        assert texts(facts, 'tr.selected[aria-current="true"] th') == ["3.2"]
        ways = attributes(facts, "a", "href")
        assert (f"/admin/techs/product/{product.pk}/change/" in ways) == ("view_product" in permissions)
    url = f"/admin/techs/tech/{add('our own thing').pk}/change/"
    assert "Lifecycle data for" not in client.get(url).content.decode()


@pytest.mark.parametrize("impact", ["critical", "low"])
def test_set_the_impact_of_several(admin_client: Client, impact: str) -> None:
    techs = [add("Postgres 14"), add("React")]
    token = cache._token()
    assert "2 changed." in run(admin_client, "tech", f"set_impact_{impact}", *techs)
    assert {tech.impact for tech in Tech.objects.all()} == {impact}
    assert cache._token() != token
    history = admin_client.get(f"/admin/techs/tech/{techs[0].pk}/history/").content.decode()
    assert f"Set impact to {Impact(impact).label.lower()}." in history


def test_take_levels_set_by_hand_off(admin_client: Client) -> None:
    techs = [editing.edit(add("Django 3.2"), **HAND), add("React")]
    assert "1 changed." in run(admin_client, "tech", "remove_overrides", *techs)
    tech = Tech.objects.get(name="Django 3.2")
    assert (tech.level, tech.level_override, tech.override_review_on) == ("critical", "", None)


@pytest.mark.parametrize("action", ["set_impact_low", "delete_selected"])
def test_all_of_a_long_list_is_too_much_at_once(
    admin_client: Client, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_AT_ONCE", 1)
    techs = [add("Postgres 14"), add("React")]
    html = run(admin_client, "tech", action, techs[0], select_across="1", post="yes")
    assert "2 rows are selected, but only 1 can be changed at once." in html
    assert Tech.objects.filter(impact="normal").count() == 2
    run(admin_client, "tech", action, techs[0], post="yes")
    assert Tech.objects.filter(impact="normal").count() == 1, "the control: one by one is possible"


@pytest.mark.parametrize("action", ["set_impact_low", "remove_overrides", "assess_again", "delete_selected"])
def test_who_may_only_look_changes_nothing(client: Client, action: str) -> None:
    tech = editing.edit(add("Django 3.2"), **HAND)
    viewer(client, "view_tech")
    run(client, "tech", action, tech, post="yes")
    after = Tech.objects.get()
    assert (after.impact, after.level_override) == (tech.impact, "low")
    assert not Submission.objects.exclude(state=SubmissionState.DONE).exists()
