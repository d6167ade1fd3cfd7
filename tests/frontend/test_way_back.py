"""Pages lead back to the list with its filter, order and position, and nowhere else."""

from typing import Any

import pytest
from bs4 import Tag
from django.test import Client, RequestFactory
from django.utils.http import urlencode

from frontend.context_processors import list_navigation
from techs.models import Tech
from tests.support.factories import add
from tests.support.pages import attribute, attributes, one, page_of, visit

pytestmark = pytest.mark.django_db(transaction=True)

SITE = "http://testserver"
FILTER = "?priority=critical&owner=team+web&ordering=name&page_size=1"
HOSTILE = [
    "http://evil.example/?priority=critical",
    "http://testserver.evil.example/?q=x",
    "http://evil.example/" + SITE + "/?q=x",
    "http://[",
    SITE + "/techs/1/?q=x",
    SITE + "/?priority=worst",
    SITE + "/?cursor=made-up",
    SITE + "/?q=%00",
    SITE + "/?ordering=//evil.example",
    SITE + "/?by=//evil.example",
    "//evil.example",
    "javascript:alert(1)",
    "x" * 3000,
]


def open_from(client: Client, url: str, came_from: str) -> Tag:
    response = client.get(url, headers={"Referer": came_from})
    assert response.status_code == 200
    return page_of(response)


def back_of(page: Tag) -> str:
    return attribute(page, "p.back a", "href")


def form_to(page: Tag, name: str) -> str:
    """The address to which a form of the page posts."""
    [url] = set(attributes(page, f'form[action*="{name}"]', "action"))
    return url


def post_from(client: Client, url: str, came_from: str, **fields: Any) -> str:
    """Send a form from a page, and return where it leads."""
    response = client.post(url, fields, headers={"Referer": came_from})
    assert response.status_code == 303
    return str(response["Location"])


@pytest.mark.parametrize("path", ["/techs/{}/", "/import/", "/subscriptions/"])
def test_pages_lead_back_to_the_list_as_it_was(client: Client, path: str) -> None:
    tech = add("Django 3.2")
    back = back_of(open_from(client, path.format(tech.pk), SITE + "/" + FILTER))
    assert back.partition("#")[0] == "/" + FILTER
    assert back_of(open_from(client, path.format(tech.pk), "")).partition("#")[0] == "/"


def test_a_technology_leads_back_to_its_row(client: Client) -> None:
    tech = add("Django 3.2")
    assert back_of(open_from(client, f"/techs/{tech.pk}/", SITE + "/")) == f"/#tech-{tech.pk}"
    assert f'id="tech-{tech.pk}"' in client.get("/").content.decode()


def test_later_pages_are_led_back_to(client: Client) -> None:
    first, second = add("Django 3.2"), add("React 18")
    page = visit(client, "/?page_size=1")
    later = attribute(page, 'a[rel="next"]', "href").partition("#")[0]
    shown = Tech.objects.get(name__in=[first.name, second.name], pk=_only_row(client, later))
    back = back_of(open_from(client, f"/techs/{shown.pk}/", SITE + later)).partition("#")[0]
    assert _only_row(client, back) == shown.pk
    assert _only_row(client, "/?page_size=1") != shown.pk
    level = one(visit(client, later), "a#level-all")
    assert level["href"] == "/?page_size=1"


@pytest.mark.parametrize(
    "place", ["/?by=owner", "/?priority=critical&by=tag", "/?page_size=1&by=owner&page=2", "/?include=all&by=product"]
)
def test_groups_are_led_back_to(client: Client, place: str) -> None:
    techs = [add(name, owner=f"Team {name}", tags=["shop"]) for name in ("Django 3.2", "Vue 2.7")]
    page = open_from(client, f"/techs/{techs[0].pk}/", SITE + place)
    assert back_of(page).partition("#")[0] == place
    assert post_from(client, form_to(page, "/remove/"), SITE + f"/techs/{techs[0].pk}/") == place
    fields = {"tech": techs[1].pk, "tags": "web", "seen_at": "2100-01-01T00:00:00.000000+00:00"}
    assert post_from(client, "/select/", SITE + place, **fields) == place


def _only_row(client: Client, url: str) -> int:
    [row] = visit(client, url).select(".row")
    return int(str(row["id"]).removeprefix("tech-"))


@pytest.mark.parametrize("came_from", HOSTILE)
def test_it_leads_nowhere_else(client: Client, came_from: str) -> None:
    tech = add("Django 3.2")
    assert back_of(open_from(client, f"/techs/{tech.pk}/", came_from)) == f"/#tech-{tech.pk}"
    assert post_from(client, f"/techs/{tech.pk}/remove/", came_from) == "/"


@pytest.mark.parametrize(
    "params",
    [{"next": "//evil.example"}, {"priority": "worst"}, {"q": '"><script>alert(1)</script>'}, {"submitted": "x"}],
)
def test_the_address_takes_only_what_the_list_takes(client: Client, params: dict[str, str]) -> None:
    tech = add("Django 3.2")
    back = back_of(open_from(client, f"/techs/{tech.pk}/?{urlencode(params)}", "")).partition("#")[0]
    kept = {"q": params["q"]} if "q" in params else {}
    assert back == "/" + (f"?{urlencode(kept)}" if kept else "")


def test_saving_and_correcting_keep_it(client: Client) -> None:
    tech = add("djano 3.2", owner="Team Web")
    page = open_from(client, f"/techs/{tech.pk}/", SITE + "/?owner=team+web")
    here = f"/techs/{tech.pk}/?owner=team+web"
    [edit] = page.select("form.edit")
    assert edit["action"] == here
    assert post_from(client, here, "", impact="high", owner="Team Web") == here
    rename = form_to(page, "/rename/")
    assert post_from(client, rename, "", text="Django 3.2", stay="1") == here
    assert post_from(client, rename, "", text="Django 3.1") == "/?owner=team+web"
    undo = form_to(visit(client, here), "/undo/")
    assert post_from(client, undo, "") == here


def test_refused_form_keeps_it(client: Client) -> None:
    tech = add("Django 3.2")
    response = client.post(f"/techs/{tech.pk}/?q=django", {"impact": "high", "note": "x" * 2001})
    assert response.status_code == 400
    assert back_of(page_of(response)) == f"/?q=django#tech-{tech.pk}"
    response = client.get(f"/techs/{tech.pk}/rename/?q=django")
    assert response["Location"] == f"/techs/{tech.pk}/?q=django"


def test_removal_and_its_undo_lead_back_to_it(client: Client) -> None:
    tech = add("Django 3.2", owner="Team Web")
    page = open_from(client, f"/techs/{tech.pk}/", SITE + "/?owner=team+web")
    there = post_from(client, form_to(page, "/remove/"), SITE + f"/techs/{tech.pk}/")
    assert there == "/?owner=team+web"
    restore = form_to(visit(client, there), "/undo/")
    assert post_from(client, restore, SITE + there) == there
    assert post_from(client, restore, SITE + there) == there  # too late
    assert Tech.objects.get().name == "Django 3.2"


def test_somebody_else_was_faster(client: Client) -> None:
    assert post_from(client, "/techs/999/remove/?q=django", "") == "/?q=django"


def test_import_keeps_it_while_lines_are_given_again(client: Client) -> None:
    form = open_from(client, "/import/", SITE + "/?q=django")
    refused = client.post(attribute(form, "form#give", "action"), {"text": ""})
    assert back_of(page_of(refused)) == "/?q=django"
    preview = page_of(client.post(attribute(form, "form#give", "action"), {"text": "Django 3.2"}))
    assert back_of(preview) == "/import/?q=django"
    assert form_to(preview, "/import/start/") == "/import/start/?q=django"


def test_it_is_worked_out_once_a_page(rf: RequestFactory) -> None:
    """A hundred rows use it, and an address can be long."""
    request = rf.get("/techs/1/", headers={"Referer": SITE + "/?q=django"})
    known = list_navigation(request)
    assert [str(known["list_url"]), str(known["with_list"])] == ["/?q=django", "?q=django"]
    request.META["HTTP_REFERER"] = SITE + "/?q=redis"
    del request.headers  # cached by Django
    assert [str(known["list_url"]), str(known["with_list"])] == ["/?q=django", "?q=django"]
