"""Owner and tags: set with a technology or later, shown in its row, and usable as filters."""

import re
from datetime import date
from typing import Any

import pytest
from bs4 import Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techs.inventory import editing, overview
from techs.inventory.queries import ListQuery
from techs.inventory.selection import select
from techs.models import Service, Submission, Tech, TechTag
from techs.rules.attributes import InvalidAttribute, clean_owner, clean_tags
from techs.submissions import processing
from tests.admin.test_lists import PAST
from tests.support.factories import add
from tests.support.pages import attribute, attributes, links, one, parse, text_of, texts, values_of, visit
from tests.support.uploads import change, push, service

pytestmark = pytest.mark.django_db(transaction=True)

JSON = "application/json"


def names(client: Client, query: str) -> list[str]:
    response = client.get(f"/api/techs/?{query}")
    assert response.status_code == 200, response.content
    return [tech["name"] for tech in response.json()["data"]]


def patch(client: Client, tech: Tech, **said: Any) -> Any:
    return client.patch(f"/api/techs/{tech.pk}/", said, content_type=JSON)


def test_said_with_the_technology(client: Client) -> None:
    body = {"text": "Django 3.2", "owner": " Team  Web ", "tags": ["Shop", "backend", "shop"]}
    assert client.post("/api/techs/", body, content_type=JSON).status_code == 202
    processing.process(Submission.objects.get().uuid)
    tech = client.get("/api/techs/").json()["data"][0]
    assert (tech["owner"], tech["tags"]) == ("Team Web", ["backend", "shop"])


def test_left_out_they_stay_and_empty_they_go() -> None:
    add("Django 3.2", owner="Team Web", tags=["shop"])
    tech = add("Django 3.2")
    assert (tech.owner, tech.tags) == ("Team Web", ["shop"])
    tech = add("Django 3.2", owner="", tags=[])
    assert (tech.owner, tech.tags) == ("", [])
    assert not TechTag.objects.exists()


def test_same_key_with_other_tags_is_refused(client: Client) -> None:
    for tags, status in ((["a"], 202), (["a"], 202), (["b"], 400)):
        body = {"text": "Django 3.2", "tags": tags}
        response = client.post("/api/techs/", body, content_type=JSON, headers={"Idempotency-Key": "k"})
        assert response.status_code == status


def test_changed_later(client: Client) -> None:
    tech = add("Django 3.2", tags=["shop", "old"])
    response = patch(client, tech, owner="Team Web", tags=["Shop", "new"])
    assert (response.json()["owner"], response.json()["tags"]) == ("Team Web", ["new", "shop"])
    assert [names(client, f"tag={tag}") for tag in ("old", "new", "shop")] == [[], ["Django 3.2"], ["Django 3.2"]]


@pytest.mark.parametrize(
    "said",
    [
        {"tags": "shop"},
        {"tags": [1]},
        {"tags": None},
        {"tags": ["two words"]},
        {"tags": ["-first"]},
        {"tags": [""]},
        {"tags": ["line\n"]},
        {"tags": ["x" * 31]},
        {"tags": [f"t{number}" for number in range(11)]},
        {"owner": 1},
        {"owner": None},
        {"owner": "x" * 101},
        {"owner": "two\nlines"},
        {"owner": "inv\u2062isible"},
    ],
)
def test_refused(client: Client, said: dict[str, Any]) -> None:
    tech = add("Django 3.2", owner="Team Web", tags=["shop"])
    answers = [
        patch(client, tech, **said),
        client.post("/api/techs/", {"text": "x", **said}, content_type=JSON),
    ]
    for response in answers:
        assert response.status_code == 400
        [(field, words)] = response.json().items()
        assert field in said
        assert all(isinstance(word, str) for word in words)
    assert Tech.objects.get().tags == ["shop"]


def test_filters(client: Client) -> None:
    add("Django 3.2", owner="Team Web", tags=["shop", "backend"])
    add("Node.js 20", owner="Team Web", tags=["shop"])
    add("Postgres 14", owner="Data", tags=["backend"])
    assert names(client, "tag=shop") == ["Django 3.2", "Node.js 20"]
    assert names(client, "tag=SHOP") == ["Django 3.2", "Node.js 20"]
    assert names(client, "owner=team%20web") == ["Django 3.2", "Node.js 20"]
    assert names(client, "owner=Team+Web&tag=backend") == ["Django 3.2"]
    assert names(client, "tag=none") == []
    assert names(client, "tag=&owner=") == ["Django 3.2", "Node.js 20", "Postgres 14"]


@pytest.mark.parametrize("query", ["tag=two%20words", "tag=%3Cb%3E", "owner=%00"])
def test_refused_filter(client: Client, query: str) -> None:
    assert client.get(f"/api/techs/?{query}").status_code == 400
    assert client.get(f"/?{query}").status_code == 400


def test_filtered_pages_are_cached_and_go_on(client: Client) -> None:
    for number in range(3):
        add(f"thing {number}", owner="Team Web", tags=["shop"])
    url = "/api/techs/?tag=shop&owner=team+web&page_size=2"
    first = client.get(url).json()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).json()["isCached"] is True
    assert len(queries) == 0
    assert [tech["name"] for tech in client.get(first["next"]).json()["data"]] == ["thing 2"]


def test_filter_and_rows_cost_four_queries_however_many() -> None:
    for number in range(9):
        add(f"thing {number}", tags=["shop", f"t{number}"])
    with CaptureQueriesContext(connection) as queries:
        rows = select(ListQuery(tag=("shop",))).rows
        assert [len(row.tags) for row in rows] == [2] * 9
    assert len(queries) == 4


def test_filter_by_tag_uses_its_index() -> None:
    tech = add("Django 3.2")
    TechTag.objects.bulk_create([TechTag(tech=tech, tag=f"t{number}") for number in range(500)])
    plan = Tech.objects.filter(tag_rows__tag="t7").order_by("rank").explain()
    assert re.search("one_tag_per_tech|SEARCH techs_techtag USING COVERING INDEX", plan)


def test_filter_by_owner_uses_its_index() -> None:
    plan = Tech.objects.filter(owner_key="shop").explain()
    assert "owner_key" in plan


def test_technologies_that_nobody_owns(client: Client) -> None:
    """Headline, drawing, tabs, exports and subscriptions follow, also together with an owner."""
    add("Django 3.2", owner="Web")
    add("Postgres 14")
    add("Vue 2.7", owner="None")  # as in spreadsheets
    push(service("Shop", owner="Team Shop"), "django==4.2\n")
    push(service("Bank"), "FROM python:3.9\n", "Dockerfile")
    unowned = ["Python 3.9", "Vue 2.7", "Postgres 14"]
    page = visit(client, "/?owner=none")
    assert sorted(texts(page, ".row .name")) == sorted(unowned)
    assert chosen(page) == ["Owner None"]
    assert text_of(page, "#level-all .count") == "3"
    assert attribute(page, ".chart a", "href") == "/?owner=none&ends_within=overdue"
    assert not page.select(".trend"), "the days are counted only of owners"
    assert attributes(page, ".exports a", "href")[0] == "/api/techs/export.csv?owner=none"
    assert sorted(names(client, "owner=none&priority=critical")) == ["Python 3.9", "Vue 2.7"]
    both = visit(client, "/?owner=web&owner=none")
    assert sorted(texts(both, ".row .name")) == sorted([*unowned, "Django 3.2"])
    assert chosen(both) == ["Owner None", "Owner Web"]
    assert "owner None or Web" in client.get("/api/techs/export.md?owner=web&owner=none").content.decode()
    assert offered(both, "owner") == ["", "Team Shop"]


@pytest.mark.parametrize("priority", ["", "critical"])
def test_without_owners_of_services_their_number_is_stored(client: Client, priority: str) -> None:
    for number in range(3):
        add(f"Django 3.2.{number}", owner="Web" if number else "")
    add("React 19")
    for owner, expected in (("none", 1), ("none&owner=web", 3)):
        response = client.get(f"/api/techs/?owner={owner}&priority={priority}").json()
        assert response["count"] == expected + (not priority)
        assert len(response["data"]) == response["count"]


def test_owners_of_services_own_as_well(client: Client) -> None:
    tech = add("Django 3.2")
    assert names(client, "owner=none") == ["Django 3.2"]
    push(service("Shop", owner="Team Shop"), "django==3.2\n")
    assert Tech.objects.get() == tech
    assert names(client, "owner=none") == []
    change(Service.objects.get(), archived=True)
    assert names(client, "owner=none") == ["Django 3.2"]


def test_a_tag_added_after_a_read_shows_at_once(client: Client) -> None:
    tech = add("Django 3.2")
    assert names(client, "tag=shop") == []
    patch(client, tech, tags=["shop"])
    assert names(client, "tag=shop") == ["Django 3.2"]


def test_deleting_a_technology_takes_its_tags_along() -> None:
    editing.remove(add("Django 3.2", tags=["shop"]))
    assert not TechTag.objects.exists()


def test_row_shows_them_as_links_that_filter(client: Client) -> None:
    add("Django 3.2", owner="Team A & B", tags=["shop"])
    add("Node.js 20")
    labels = one(visit(client, "/?q=django"), ".row .owned")
    assert texts(labels, "a") == ["Team A & B", "shop"]
    owner, tag = attributes(labels, "a", "href")
    for url in (owner, tag):
        page = visit(client, url)
        assert texts(page, ".row .name") == ["Django 3.2"]
        assert text_of(page, "a#level-all .count") == "1"
    assert text_of(visit(client, tag), ".chip").startswith("Tag shop")
    assert text_of(visit(client, owner), ".chip").startswith("Owner Team A & B")


def test_level_links_and_search_keep_the_filter(client: Client) -> None:
    add("Django 3.2", owner="Team Web", tags=["shop"])
    page = visit(client, "/?tag=shop&owner=Team+Web")
    assert attribute(page, "a#level-critical", "href") == "/?tag=shop&owner=team+web&priority=critical"
    assert chosen(page) == ["Owner Team Web", "Tag shop"]
    assert values_of(one(page, "#filter-fields")) == {"owner": "team web", "tag": "shop"}


def chosen(page: Tag) -> list[str]:
    """Return the chosen filters."""
    return [text.partition("×")[0] for text in texts(page, ".chip")]


def offered(page: Tag, name: str) -> list[str]:
    return attributes(page, f"select#filter-{name} option", "value")


def test_owners_and_tags_to_choose_from(client: Client) -> None:
    add("Django 3.2", owner="Team Web", tags=["shop", "web"])
    add("Postgres 14", owner="data", tags=["shop"])
    add("React")
    page = visit(client, "/")
    assert offered(page, "owner") == ["", "none", "data", "Team Web"]
    assert offered(page, "tag") == ["", "shop", "web"]
    assert chosen(page) == []


def test_owners_of_services_are_offered_too(client: Client) -> None:
    """As spelled on the list or, if no technology has this owner, in the service."""
    push(service("Shop", owner="Team Shop"), "django==3.2.18\nrequests==2.31\n")
    push(service("Bank", owner="TEAM WEB"), "django==3.2.18\n")
    push(service("Tools", owner="Nobody's"), "requests==2.31\n")
    add("Postgres 14", owner="Team Web")
    assert offered(visit(client, "/"), "owner") == ["", "none", "Team Shop", "Team Web"]
    for owner, expected in (("Team Shop", ["Django 3.2"]), ("Team Web", ["Django 3.2", "Postgres 14"])):
        page = visit(client, f"/?owner={owner}")
        assert chosen(page) == [f"Owner {owner}"]
        assert sorted(texts(page, "#list .name")) == expected
    change(Service.objects.get(slug="shop"), owner="Team API")
    assert offered(visit(client, "/"), "owner") == ["", "none", "Team API", "Team Web"]
    change(Service.objects.get(slug="shop"), archived=True)
    assert offered(visit(client, "/"), "owner") == ["", "none", "Team Web"]


def test_owners_with_the_most_technologies_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "MOST_LABELS", 1)
    add("Postgres 14", owner="a")
    bank = service("Bank", owner="b")
    push(bank, "django==3.2.18\n")
    push(bank, "FROM python:3.9\n", "Dockerfile")
    assert overview.select(date(2026, 11, 28)).owners == ["b"]


def test_owners_cost_the_same_however_many_services_have_one() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            overview.select(date(2026, 11, 28))
        return len(captured)

    push(service("Shop", owner="a"), "django==3.2.18\n")
    few = queries()
    for number in range(5):
        push(service(f"Service {number}", owner=f"owner {number}"), f"django=={number}.2\n")
    assert queries() == few


def test_no_owners_and_tags_are_no_choice(client: Client) -> None:
    add("React")
    search = one(visit(client, "/"), "form#search")
    assert not {"owner", "tag", "service"} & {*attributes(search, "select", "name")}


def test_a_chosen_one_is_among_them_however_rare(client: Client) -> None:
    page = visit(client, "/?tag=gone&owner=Nobody")
    assert chosen(page) == ["Owner nobody", "Tag gone"]


def test_the_most_used_are_offered_and_the_others_still_found(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "MOST_LABELS", 1)
    add("Django 3.2", owner="Web", tags=["shop"])
    add("Django 4.2", owner="WEB", tags=["shop"])
    add("Postgres 14", owner="Data", tags=["rare"])
    page = visit(client, "/")
    assert [name.casefold() for name in offered(page, "owner")] == ["", "none", "web"]
    assert offered(page, "tag") == ["", "shop"]
    assert chosen(visit(client, "/?owner=data")) == ["Owner Data"]


def test_form_of_the_technology(client: Client) -> None:
    tech = add("Django 3.2", owner="Team Web", tags=["shop", "web"])
    url = f"/techs/{tech.pk}/"
    form = one(visit(client, url), "form.edit")
    fields = values_of(form)
    assert (fields["owner"], fields["tags"]) == ("Team Web", "shop, web")
    fields = {name: value for name, value in fields.items() if name not in {"extended_support", "unversioned"}}
    sent = fields | {"impact": "normal", "level_override": "", "note": "", "owner": " Data ", "tags": "#Shop new,  b"}
    assert client.post(url, sent).status_code == 303
    tech.refresh_from_db()
    assert (tech.owner, tech.owner_key, tech.tags) == ("Data", "data", ["b", "new", "shop"])
    response = client.post(url, sent | {"tags": "b@d"})
    assert response.status_code == 400
    assert "A tag has 1 to 30 letters" in response.content.decode()


def test_admin_goes_the_same_way(admin_client: Client) -> None:
    tech = add("Django 3.2")
    url = f"/admin/techs/tech/{tech.pk}/change/"
    admin_client.post(url, {"impact": "normal", "owner": "Team Web", "tags": "Shop"} | PAST)
    tech.refresh_from_db()
    assert (tech.owner, tech.tags) == ("Team Web", ["shop"])
    assert names(admin_client, "tag=shop") == ["Django 3.2"]
    for wrong in ('["shop"]', "no/slash", "x" * 31):
        assert admin_client.post(url, {"impact": "normal", "tags": wrong} | PAST).status_code == 200
    assert Tech.objects.get().tags == ["shop"]


@pytest.mark.parametrize("mark", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onclick='x"])
def test_hostile_owner_is_text(client: Client, mark: str) -> None:
    tech = add("Django 3.2", owner=mark)
    for url in ("/", f"/techs/{tech.pk}/", "/?owner=x"):
        html = client.get(url).content.decode()
        assert mark not in html
        assert not parse(html).select("a[onclick]")


def test_rules() -> None:
    assert clean_owner("  Team\tWeb ") == "Team Web"
    assert clean_owner("") == ""
    assert clean_tags(["B.2", "a_b", "B.2"]) == ["a_b", "b.2"]
    with pytest.raises(InvalidAttribute, match="at most 10 tags"):
        clean_tags(["x"] * 11)


def test_feeds_and_calendar_of_a_tag(client: Client) -> None:
    moved = [add("Django 3.2", tags=["shop"]), add("Node.js 16")]
    for tech in moved:
        editing.edit(
            tech, unversioned=True, level_override="low", override_review_on=date(2090, 1, 2), note="Isolated."
        )
    page = visit(client, "/?tag=shop")
    exports = links(page, "nav.exports a")
    assert exports["Feed of changes"] == "/api/techs/changes.atom?tag=shop"
    assert attribute(page, 'link[rel="alternate"]', "href") == exports["Feed of changes"]
    for title in ("Feed of changes", "Calendar"):
        answer = client.get(exports[title]).content.decode()
        assert "Django 3.2" in answer
        assert "Node.js 16" not in answer
