"""The pages of activity, and the section on the pages of technologies and services."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from frontend.presenters.activity_page import NO_TECH, PAGE_SIZE
from techs.activity import recording
from techs.activity.actors import Actor
from techs.inventory import editing
from techs.models import UNDO_FOR, Action, ActionKind, ActorKind, Change, Import, ObjectKind
from tests.support import uploads
from tests.support.actions import NOON, act, tech, user
from tests.support.factories import add
from tests.support.pages import attribute, attributes, links, one, page_of, text_of, texts, values_of, visit

pytestmark = pytest.mark.django_db(transaction=True)

WORKER, COMMAND = Actor(kind=ActorKind.WORKER), Actor(kind=ActorKind.COMMAND, via="sync_lifecycles")
ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS)
CI = Actor(kind=ActorKind.TOKEN, name="alice", via="CI")
NEW: dict[str, list[Any]] = {
    "name": [None, "Django 3.2"],
    "impact": [None, "normal"],
    "kind": [None, "tracked"],
    "by_hand": [None, True],
}
GONE = {field: pair[::-1] for field, pair in NEW.items()}


def forget() -> None:
    Action.objects.all().delete()


def sentences(client: Client, query: str = "") -> list[str]:
    return texts(visit(client, f"/activity/{query}"), ".actions li > div > p")


def of(kind: ObjectKind, name: str, **fields: list[Any]) -> Change:
    return recording.of(kind, 1, name, fields)


A, C, R = ActionKind.ADDED, ActionKind.CHANGED, ActionKind.REMOVED
SENTENCES: list[tuple[str, ActionKind, list[Change], Actor | None]] = [
    ("alice changed the owner of Django 3.2 from Shop to Payments", C, [tech(owner=["Shop", "Payments"])], None),
    ("alice set the owner of Django 3.2 to Web", C, [tech(owner=["", "Web"])], CI),
    ("alice cleared the owner of Django 3.2, which was Web", C, [tech(owner=["Web", ""])], None),
    ("alice changed the tags of Django 3.2 from a to a, b", C, [tech(tags=[["a"], ["a", "b"]])], None),
    ("alice changed the owner and tags of Django 3.2", C, [tech(owner=["", "Web"], tags=[[], ["a"]])], None),
    ("alice changed the impact of Django 3.2 from normal to vital", C, [tech(impact=["normal", "critical"])], None),
    ("alice accepted the risk of Django 3.2 until 1 Feb 2027", C,
     [tech(level_override=["", "low"], override_review_on=[None, "2027-02-01"], note=["", "Isolated."])], None),
    ("alice changed the review date of Django 3.2 from 1 Feb 2027 to 1 Mar 2027", C,
     [tech(override_review_on=["2027-02-01", "2027-03-01"])], None),
    ("alice changed the level override and review date of Django 3.2", C,
     [tech(level_override=["", "high"], override_review_on=[None, "2027-02-01"])], None),
    ("alice changed the note of Django 3.2", C, [tech(note=["", "line\nline"])], None),
    ("alice changed Django 2 to Django 3.2", C, [tech(name=["Django 2", "Django 3.2"])], None),
    ("alice turned on extended support of Django 3.2", C, [tech(extended_support=[False, True])], None),
    ("alice stopped marking Django 3.2 as versionless", C, [tech(unversioned=[True, False])], None),
    ("alice upgraded Django 2 to Django 3.2", ActionKind.RESOLVED, [tech(name=["Django 2", "Django 3.2"])], None),
    (
        "alice upgraded Django 2 to Django 3.2",
        ActionKind.RESOLVED,
        [tech(2, "Django 2", name=["Django 2", None]), tech(tags=[[], ["a"]])],
        None,
    ),
    ("alice merged djano into Django 3.2", R, [tech(2, "djano", name=["djano", None]), tech(tags=[[], ["a"]])], None),
    ("alice added Django 3.2", A, [tech(1, "Django 3.2", **NEW)], None),
    ("Somebody removed Django 3.2", R, [tech(1, "Django 3.2", **GONE)], ANONYMOUS),
    ("alice removed a 1, a 2 and a 3", R, [tech(pk, f"a {pk}") for pk in (1, 2, 3)], None),
    ("alice imported 1,200 technologies", ActionKind.IMPORTED, [tech(pk) for pk in range(1, 1201)], None),
    ("The command sync_lifecycles updated the lifecycle data of endoflife.date", ActionKind.UPDATED,
     [of(ObjectKind.LIFECYCLE_DATA, "endoflife.date", version=["1", "2"])], COMMAND),
    ("alice changed the password of the user bob", C, [of(ObjectKind.USER, "bob", password=[None, None])], None),
    ("alice revoked the API token CI", ActionKind.REVOKED, [of(ObjectKind.TOKEN, "CI")], None),
    ("Techlist removed the webhook chat and the group ops", R,
     [of(ObjectKind.WEBHOOK, "chat"), of(ObjectKind.GROUP, "ops")], WORKER),
    ("alice undid a change to Django 3.2", ActionKind.UNDONE, [tech(owner=["Payments", "Shop"])], None),
]  # fmt: skip


@pytest.mark.parametrize(("words", "kind", "changes", "actor"), SENTENCES, ids=[case[0] for case in SENTENCES])
def test_sentences(client: Client, words: str, kind: ActionKind, changes: list[Change], actor: Actor | None) -> None:
    for change in changes:
        change.pk = None
    act(*changes, kind=kind, actor=actor)
    via = " with the token CI" if actor == CI else ""
    assert sentences(client) == [words + via]


def test_uploads(client: Client) -> None:
    shop = uploads.service("Shop")
    forget()
    source = recording.of(ObjectKind.SOURCE, 1, "uv.lock", {"origin": [None, "api"]}, service_id=shop.pk)
    changes = [tech(1, "Django", versions=[["3.2"], ["4.2"]]), tech(2, "Redis", versions=[[], ["7"]])]
    for change in changes:
        change.service_id = shop.pk
    act(source, *changes, kind=ActionKind.UPLOADED, actor=CI)
    assert sentences(client) == ["alice uploaded the file uv.lock of Shop: 2 changes with the token CI"]
    page = visit(client, "/activity/")
    assert texts(page, ".fields div") == ["uv.lock origin: api", "Django versions: 3.2 →to 4.2", "Redis versions: 7"]
    assert links(page, ".actions p a")["Shop"] == "/services/shop/"
    forget()
    for change in changes:
        change.pk = None
    act(changes[0], kind=ActionKind.UPLOADED)
    assert sentences(client) == ["alice uploaded a file of Shop: 1 change"]
    shop.delete()
    assert sentences(client) == ["alice uploaded a file of a service: 1 change"]


def test_an_imported_file(client: Client) -> None:
    sent = {"requirements.txt": NOON, "of a client that repeats its ids": NOON + timedelta(days=9)}
    for name, at in sent.items():
        Import.objects.create(name=name, format="x", total=2, request_id="r-1", created_at=at)
    actor = Actor(kind=ActorKind.USER, name="alice", request_id="r-1")
    act(*(tech(pk) for pk in range(1, 13)), kind=ActionKind.IMPORTED, actor=actor)
    assert sentences(client) == ["alice imported 12 technologies from requirements.txt"]


def test_links_lead_to_objects_or_to_what_happened_to_them(client: Client) -> None:
    row, shop = add("Django 3.2"), uploads.service("Shop")
    forget()
    act(tech(row.pk, "Django 3.2"), tech(row.pk + 1, "Redis"), recording.of_service(shop, {}), kind=R)
    assert links(visit(client, "/activity/"), ".actions p a") == {
        "alice": "/activity/?actor=alice",
        "Django 3.2": f"/techs/{row.pk}/",
        "Redis": f"/activity/?tech={row.pk + 1}",
        "Shop": "/services/shop/",
    }


def test_an_older_version_recorded_no_actor(client: Client) -> None:
    act()
    Action.objects.update(actor_kind="", actor="")
    page = visit(client, "/activity/")
    assert text_of(page, ".actions li > div > p").startswith("Somebody changed")
    [row] = client.get("/api/activity/").json()["data"]
    assert (row["actor"], row["actor_kind"]) == ("", "")


def test_by_day(client: Client) -> None:
    """Newest first, although the clocks of hosts differ."""
    for hours in (0, 13, 11, 14):
        act(at=NOON + timedelta(hours=hours))
    page = visit(client, "/activity/")
    assert texts(page, ".month h2") == ["21 Nov 2026", "20 Nov 2026"]
    assert texts(page, ".actions time") == ["02:00", "01:00", "23:00", "12:00"]


def test_nothing_yet(client: Client) -> None:
    page = visit(client, "/activity/")
    assert "Nothing yet" in text_of(page, ".empty")
    assert page.select_one("form.filters") is None


def test_pages(client: Client) -> None:
    for _ in range(PAGE_SIZE + 2):
        act()
    act(actor=user("bob"))
    first = visit(client, "/activity/?actor=alice")
    assert len(first.select(".actions li")) == PAGE_SIZE
    second = visit(client, attribute(first, "a[rel=next]", "href"))
    assert (len(second.select(".actions li")), second.select_one("a[rel=next]")) == (2, None)
    assert attribute(second, "a[rel=first]", "href") == "/activity/?actor=alice"
    assert attribute(second, ".exports a", "href") == "/api/activity/export.csv?actor=alice"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?actor=bob", 1),
        ("?actor=worker", 0),
        ("?tech=django+3.2", 2),
        ("?tech=Django%203.2", 2),
        ("?tech=Gone 1", 1),
        ("?service=shop", 1),
        ("?service=SHOP", 1),
        ("?service=Café+Bar", 1),
        ("?service=nothing", 0),
        ("?kind=removed", 1),
        ("?since=2026-11-20&until=2026-11-20", 5),
        ("?since=2026-11-21", 0),
        ("?actor=&tech=&service=&kind=&since=&until=", 5),
    ],
)
def test_filters(client: Client, query: str, count: int) -> None:
    """By names, too, and by those of removed technologies and services."""
    row, shop, bar = add("Django 3.2"), uploads.service("Shop"), uploads.service("Café Bar")
    forget()
    act(tech(row.pk, "Django 3.2"), actor=user("bob"))
    act(tech(row.pk, "Django 3.2"))
    act(recording.of_service(shop, {}))
    act(recording.of_service(bar, {}))
    act(tech(row.pk + 1, "Gone 1"), kind=R)
    bar.delete()
    page = visit(client, f"/activity/{query}")
    assert len(page.select(".actions li")) == count
    if not count:
        assert text_of(page, ".empty") == "Nothing matches. Show all"


def test_the_form_shows_the_filters(client: Client) -> None:
    act(tech(7, "Gone 1"))
    page = visit(client, "/activity/?tech=7&actor=alice&since=2026-11-01&kind=changed")
    form = one(page, "form.filters")
    filters = {"actor": "alice", "tech": "Gone 1", "service": "", "since": "2026-11-01", "until": ""}
    assert values_of(form) == filters
    assert text_of(form, "option[selected]") == "Changed"
    assert attributes(form, "datalist option", "value") == ["alice", "anonymous", "worker", "command"]
    assert attribute(page, ".exports a", "href") == (
        "/api/activity/export.csv?actor=alice&kind=changed&tech=7&since=2026-11-01T00%3A00%3A00%2B00%3A00"
    )


@pytest.mark.parametrize(
    ("query", "field", "problem"),
    [
        ("tech=nothing", "tech", NO_TECH),
        ("since=yesterday", "since", "Enter a date such as 2026-11-01, or a time such as 2026-11-01T08:00:00Z."),
        ("actor=" + "x" * 200, "actor", "Enter the name of a user, or one of: anonymous, worker, command."),
    ],
)
def test_problems(client: Client, query: str, field: str, problem: str) -> None:
    act()
    response = client.get(f"/activity/?{query}")
    assert response.status_code == 400
    page = page_of(response)
    assert text_of(page, f"#problem-{field}") == problem
    assert attribute(page, f"#filter-{field}", "aria-describedby") == f"problem-{field}"
    assert page.select(".actions li") == []


def test_names_are_escaped(client: Client) -> None:
    evil = "<script>alert(1)</script>"
    act(tech(1, evil, owner=[evil, "</p>"]), actor=user(evil[:150]))
    html = client.get("/activity/", {"actor": evil}).content.decode()
    assert evil not in html
    assert "&lt;script&gt;" in html


def test_a_large_action(client: Client) -> None:
    action = act(*(tech(pk, f"Tool {pk}", owner=["", "Web"]) for pk in range(1, 131)), kind=ActionKind.IMPORTED)
    page = visit(client, "/activity/")
    assert len(page.select(".fields div")) == 50
    assert links(page, ".actions details a")["80 more"] == f"/activity/{action.pk}/"
    url, names = f"/activity/{action.pk}/", []
    while url:
        page = visit(client, url)
        assert text_of(page, "h1") == "alice imported 130 technologies"
        names += texts(page, ".fields dt")
        more = page.select_one("a[rel=next]")
        url = str(more["href"]) if more else ""
    assert names == [f"Tool {pk}" for pk in range(1, 131)]


def test_bad_addresses(client: Client) -> None:
    assert client.get("/activity/12/").status_code == 404
    action = act()
    assert client.get(f"/activity/{action.pk}/?cursor=x").status_code == 400
    assert client.get("/activity/?cursor=x").status_code == 400
    assert client.post("/activity/").status_code == 405


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_number_of_queries_is_constant(client: Client) -> None:
    shop = uploads.service("Shop")
    forget()

    def some(count: int) -> None:
        for _ in range(count):
            act(*(tech(number) for number in range(1, 61)), recording.of_service(shop, {}))

    some(1)
    few = queries(client, "/activity/")
    some(9)
    assert queries(client, "/activity/") == few <= 6


def test_the_page_of_a_technology(client: Client) -> None:
    row = add("Django 3.2")
    forget()
    url = reverse("frontend:detail", args=[row.pk])
    assert visit(client, url).select_one(".events") is None
    before = queries(client, url)
    for number in range(7):
        act(tech(row.pk, "Django 3.2", owner=[str(number), str(number + 1)]))
        act(tech(row.pk + 1))
    page = visit(client, url)
    assert texts(page, ".events .is-action > div > p")[0] == "alice changed the owner of Django 3.2 from 6 to 7"
    assert len(page.select(".events .is-action")) == 5
    assert attribute(page, ".all-activity a", "href") == f"/activity/?tech={row.pk}"
    assert queries(client, url) == before


def test_the_page_of_a_service(client: Client) -> None:
    shop, row = uploads.service("Shop"), add("Django 3.2")
    forget()
    change = tech(row.pk, "Django 3.2", versions=[[], ["3.2"]])
    change.service_id = shop.pk
    act(change, kind=ActionKind.UPLOADED)
    act(recording.of_service(shop, {"owner": ["", "Web"]}))
    page = visit(client, "/services/shop/")
    assert texts(page, "#activity li > div > p") == [
        "alice set the owner of Shop to Web",
        "alice uploaded a file of Shop: 1 change",
    ]
    assert links(page, "#activity dt a") == {"Django 3.2": f"/techs/{row.pk}/"}
    assert attribute(page, ".all-activity a", "href") == "/activity/?service=shop"
    assert queries(client, "/services/shop/") == 2  # changes and their actions


def test_from_everywhere(client: Client) -> None:
    act()
    page = visit(client, "/activity/")
    assert attribute(page, ".places a[aria-current]", "href") == "/activity/"
    assert links(visit(client, "/"), ".places a")["Activity"] == "/activity/"


def test_undo(client: Client) -> None:
    row = add("Django 3.2", owner="Shop")
    editing.edit(row, owner="Payments")
    editing.edit(add("Redis 5"), owner="Payments")
    old = Action.objects.latest("pk")
    Action.objects.filter(pk=old.pk).update(at=timezone.now() - UNDO_FOR)
    form = one(visit(client, "/activity/?kind=changed"), ".actions form")
    assert text_of(form).endswith("changed the owner of Django 3.2 from Shop to Payments")
    response = client.post(str(form["action"]), values_of(form))
    assert (response.status_code, response["Location"]) == (303, "/activity/")
    row.refresh_from_db()
    assert row.owner == "Shop"
    page = visit(client, "/activity/")
    assert "is back" in text_of(page, ".messages")
    assert [undone for undone in texts(page, ".is-undone") if "Payments" in undone] != []
    client.post(str(form["action"]), values_of(form))
    assert "can no longer be undone" in text_of(visit(client, "/activity/"), ".messages")


def test_writes_are_shown_at_once(client: Client) -> None:
    row, shop = add("Django 3.2"), uploads.service("Shop")
    paths = (f"/techs/{row.pk}/", "/services/shop/", "/activity/")
    for path in paths:
        visit(client, path)
    client.patch(f"/api/techs/{row.pk}/", {"owner": "Payments"}, content_type="application/json")
    client.patch("/api/services/shop/", {"note": "Ours."}, content_type="application/json")
    newest = [texts(visit(client, path), ":is(.actions, .events) li > div > p")[0] for path in paths]
    of_tech, of_shop = "Somebody set the owner of Django 3.2 to Payments", "Somebody set the note of Shop to Ours."
    assert newest == [of_tech, of_shop, of_shop]
    uploads.push(shop, "django==3.2.25\n")
    newest = [texts(visit(client, path), ":is(.actions, .events) li > div > p")[0] for path in paths]
    assert all("uploaded the file requirements.txt of Shop: 1 change" in each for each in newest[1:]), newest
    assert "uploaded a file of Shop: Django 3.2 and more" in newest[0]
