"""Exports over HTTP: whole lists, cached like pages, with the same filters."""

import csv
import io
import json
import re
from datetime import date
from typing import Any
from xml.etree import ElementTree

import icalendar
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techs import cache
from techs.exports import documents
from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import editing
from techs.models import LevelChange, Service, Tech, Usage
from techs.rules.attributes import OPTIONS
from techs.submissions import batches
from tests.support import uploads as support
from tests.support.date_changes import AFTER, BEFORE, django, publish
from tests.support.factories import add
from tests.support.lifecycle_server import LifecycleServer

pytestmark = pytest.mark.django_db(transaction=True)

ATOM = "{http://www.w3.org/2005/Atom}"
FORMS = {
    "export.csv": ("text/csv; charset=utf-8", "attachment", "techlist.csv"),
    "export.json": ("application/json", "attachment", "techlist.json"),
    "export.md": ("text/markdown; charset=utf-8", "attachment", "techlist.md"),
    "calendar.ics": ("text/calendar; charset=utf-8", "attachment", "techlist.ics"),
    "badge.svg": ("image/svg+xml", "inline", "techlist.svg"),
    "changes.atom": ("application/atom+xml", "inline", "changes.atom"),
}


def get(client: Client, form: str, query: str = "", **headers: str) -> Any:
    return client.get(f"/api/techs/{form}{query}", headers=headers)


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def xml(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314  written by ourselves


def entries(content: bytes) -> list[ElementTree.Element]:
    return xml(content).findall(f"{ATOM}entry")


def changes_of(client: Client, query: str = "") -> list[str | None]:
    return [entry.findtext(f"{ATOM}title") for entry in entries(get(client, "changes.atom", query).content)]


@pytest.mark.parametrize("form", FORMS)
def test_headers(client: Client, form: str) -> None:
    content_type, disposition, filename = FORMS[form]
    response = get(client, form)
    assert (response.status_code, response["Content-Type"]) == (200, content_type)
    assert response["Content-Disposition"] == f'{disposition}; filename="{filename}"'
    assert response["Cache-Control"] == "private, no-cache"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_every_document_has_an_address() -> None:
    assert len(FORMS) == len(documents.ALL)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml", "image/avif,image/webp", "text/calendar", "x"])
def test_whatever_a_program_accepts(client: Client, form: str, accept: str) -> None:
    assert get(client, form, accept=accept)["Content-Type"] == FORMS[form][0]


@pytest.mark.parametrize("form", FORMS)
def test_unchanged_is_not_sent_again(client: Client, form: str) -> None:
    add("Django 3.2")
    etag = get(client, form)["ETag"]
    again = get(client, form, if_none_match=etag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)


@pytest.mark.parametrize("form", set(FORMS) - {"changes.atom"})
def test_a_write_makes_it_new(client: Client, form: str) -> None:
    etag = get(client, form)["ETag"]
    add("Django 3.2")
    assert get(client, form, if_none_match=etag).status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_a_second_read_needs_no_query(client: Client, form: str) -> None:
    add("Django 3.2")
    with CaptureQueriesContext(connection) as first:
        get(client, form)
    with CaptureQueriesContext(connection) as second:
        get(client, form)
    assert (len(first) > 0, len(second)) == (True, 0)


@pytest.mark.parametrize("form", FORMS)
def test_problems_are_in_one_shape(client: Client, form: str) -> None:
    wrong = {"priority": "urgent", "ordering": "size", "tag": "no/slash", "owner": "x" * 101, "q": "x" * 201}
    for field, value in wrong.items():
        response = get(client, form, f"?{field}={value}")
        assert (response.status_code, response["Content-Type"]) == (400, "application/json")
        assert list(response.json()) == [field]
    assert client.post(f"/api/techs/{form}").status_code == 405


def test_the_filters_of_the_list(client: Client) -> None:
    add("Django 3.2")
    add("Redis 8.0")
    assert [row["name"] for row in table(get(client, "export.csv").content)] == ["Django 3.2", "Redis 8.0"]
    (row,) = table(get(client, "export.csv", "?q=REDIS").content)
    assert row["name"] == "Redis 8.0"
    (found,) = get(client, "export.json", "?priority=critical").json()
    assert found["name"] == "Django 3.2"
    assert b"Redis" not in get(client, "export.md", "?q=django").content
    assert b"Redis" not in get(client, "calendar.ics", "?q=django").content
    assert b"empty" in get(client, "badge.svg", "?q=nothing").content


@pytest.mark.parametrize(
    "question", ["?tag=shop", "?owner=TEAM+web", "?tag=shop&owner=team%20web&q=django&priority=critical"]
)
def test_owner_and_tag(client: Client, question: str) -> None:
    for text in ("Django 3.2", "Redis 8.0"):
        editing.edit(add(text), level_override="high", override_review_on=date(2999, 1, 1), note="x")
    editing.edit(Tech.objects.get(name="Django 3.2"), owner="Team Web", tags=["shop"], level_override="")
    (row,) = table(get(client, "export.csv", question).content)
    assert (row["name"], row["owner"], row["tags"]) == ("Django 3.2", "Team Web", "shop")
    assert [tech["name"] for tech in get(client, "export.json", question).json()] == ["Django 3.2"]
    for form in ("export.md", "calendar.ics", "changes.atom"):
        content = get(client, form, question).content
        assert (b"Django" in content, b"Redis" in content) == (True, False), form
    assert xml(get(client, "badge.svg", question).content).attrib["aria-label"] == "techlist: 1 critical"


def test_pages_do_not_cut_it(client: Client) -> None:
    add("Django 3.2")
    add("Redis 8.0")
    assert len(table(get(client, "export.csv", "?page_size=1&cursor=x").content)) == 2
    assert [tech["name"] for tech in get(client, "export.json", "?ordering=-name").json()] == [
        "Redis 8.0",
        "Django 3.2",
    ]


def test_json_is_what_the_list_says(client: Client) -> None:
    add("Django 3.2")
    [row] = client.get("/api/techs/").json()["data"]
    assert get(client, "export.json").json() == [row | {"used_by": []}]


def test_no_cell_is_a_formula(client: Client) -> None:
    tech = add('=HYPERLINK("http://evil.example","x")')
    editing.edit(tech, note="@SUM(1)")
    (row,) = table(get(client, "export.csv").content)
    assert (row["name"][:2], row["note"]) == ("'=", "'@SUM(1)")


def test_what_is_exported_can_be_imported(client: Client) -> None:
    names = {"@angular/core 17", "=1+1", "Debian bookworm", "Django 3.2.18", 'a "quoted", thing', "Ubuntu 22.04 LTS"}
    for name in names:
        add(name, owner="=Team Web", tags=["shop", "web"], impact="high", extended_support=True, note='-1 "x",\n;y')
    add("Node.js 20")
    before = said_by_the_team()
    sources = ("export.csv", "techlist.csv"), ("export.json", "techlist.json"), ("", "")
    exported = [(name, client.get(f"/api/techs/{path}").content) for path, name in sources]
    for name, content in exported:
        Tech.objects.all().delete()
        batch = service.accept(read(name, content))
        assert batches.process_batch(list(batch.submissions.values_list("pk", flat=True)), seconds=60) == []
        assert said_by_the_team() == before


def use() -> set[tuple[str, str]]:
    """Let services use technologies, and return pairs of both."""
    shop, pay = support.service("Shop"), support.service("Pay, EU; Asia")
    support.push(shop, "django==3.2.25\n", "requirements.txt")
    support.push(pay, "FROM python:3.8\n", "Dockerfile")
    support.push(pay, "django==3.2.18\n", "requirements.txt")
    add("Node.js 20")
    return used_by()


def used_by() -> set[tuple[str, str]]:
    return set(Usage.objects.filter(tech__isnull=False).values_list("service__slug", "tech__name"))


def test_exports_name_the_services(client: Client) -> None:
    use()
    rows = {row["name"]: row["services"] for row in table(get(client, "export.csv").content)}
    assert rows == {"Django 3.2": "pay-eu-asia; Shop", "Python 3.8": "pay-eu-asia", "Node.js 20": ""}
    [django] = get(client, "export.json", "?q=django").json()
    assert django["services"] == 2
    pay = {"service": "pay-eu-asia", "name": "Pay, EU; Asia"}
    assert django["used_by"] == [pay, {"service": "shop", "name": "Shop"}]
    support.change(Service.objects.get(slug="shop"), name="Webshop")
    assert "Webshop" in get(client, "export.csv").content.decode()


@pytest.mark.parametrize("form", ["export.csv", "export.json"])
def test_services_of_an_export_can_be_imported(client: Client, form: str) -> None:
    before = use()
    rows = dict(Tech.objects.values_list("name", "by_hand"))
    content = get(client, form).content
    _import(content)
    assert (used_by(), dict(Tech.objects.values_list("name", "by_hand"))) == (before, rows)
    assert not Usage.objects.filter(source__name="manual").exists()
    Tech.objects.all().delete()
    Usage.objects.all().delete()
    if form == "export.json":
        Service.objects.all().delete()
    _import(content)
    assert used_by() == before
    assert set(Usage.objects.values_list("source__name", flat=True)) == {"manual"}


def _import(content: bytes) -> None:
    batch = service.accept(read("", content))
    assert batches.process_batch(list(batch.submissions.values_list("pk", flat=True)), seconds=60) == []
    assert not batch.submissions.exclude(state="done").exists()


def said_by_the_team() -> dict[str, Any]:
    return {tech.name: [getattr(tech, option) for option in OPTIONS] for tech in Tech.objects.all()}


def test_calendar(client: Client) -> None:
    tech = add("Django 3.2")
    editing.edit(tech, level_override="low", override_review_on=timezone.now().date().replace(year=2099), note="x")
    calendar = icalendar.Calendar.from_ical(get(client, "calendar.ics").content)
    assert calendar["PRODID"]
    assert calendar["VERSION"] == "2.0"
    events = calendar.walk("VEVENT")
    assert [str(event["UID"]) for event in events] == [f"end-{tech.pk}@testserver", f"review-{tech.pk}@testserver"]
    assert events[0]["URL"] == f"http://testserver/techs/{tech.pk}/"
    assert [len(event.walk("VALARM")) for event in events] == [0, 3]


def test_badge_counts(client: Client) -> None:
    add("Django 3.2")
    content = get(client, "badge.svg").content
    assert xml(content).attrib["aria-label"] == "techlist: 1 critical"
    assert b"<script" not in content


def test_feed(client: Client) -> None:
    tech = add("Postgres 14")
    assert changes_of(client) == []
    editing.edit(tech, impact="critical")
    feed = xml(get(client, "changes.atom").content)
    (entry,) = feed.findall(f"{ATOM}entry")
    tech.refresh_from_db()
    assert entry.findtext(f"{ATOM}title") == f"Postgres 14: {tech.previous_level} to {tech.level}"
    links = [link.get("href") for link in entry.findall(f"{ATOM}link")]
    assert links == [f"http://testserver/techs/{tech.pk}/"]
    assert feed.findtext(f"{ATOM}updated") == entry.findtext(f"{ATOM}updated")
    assert feed.findtext(f"{ATOM}id") == "http://testserver/api/techs/changes.atom"
    assert changes_of(client, "?q=redis") == []
    filtered = xml(get(client, "changes.atom", "?q=postgres").content)
    assert filtered.findtext(f"{ATOM}id") == "http://testserver/api/techs/changes.atom?q=postgres"
    assert filtered.findtext(f"{ATOM}entry/{ATOM}id") == entry.findtext(f"{ATOM}id")


def names_of(client: Client, question: str) -> tuple[str, str, str | None]:
    """Return both names of a calendar and the title of a feed."""
    calendar = icalendar.Calendar.from_ical(get(client, "calendar.ics", question).content)
    title = xml(get(client, "changes.atom", question).content).findtext(f"{ATOM}title")
    # The parser keeps unknown names as they are written.
    old, new = (re.sub(r"\\(.)", r"\1", str(calendar[name])) for name in ("X-WR-CALNAME", "NAME"))
    return old, new, title


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("?owner=PAYMENTS&priority=critical", "owner Payments, critical"),
        ("?owner=web&owner=payments&tag=shop", "owner Payments or Web, tag shop"),
        ("?priority=high,critical&tag=b&tag=a&q=Django", "tag a or b, critical or high, “django”"),
        ("?owner=a,+b;c%5Cd", "owner a, b;c\\d"),
        ("?q=%3Cb%3E%26", "“<b>&”"),
        ("?ordering=name", ""),
        ("?priority=low,unknown,medium,high,critical", ""),
    ],
)
def test_names_say_what_was_asked(client: Client, question: str, words: str) -> None:
    add("Django 3.2", owner="Payments")
    add("Redis 6", owner="Web")
    name = f"Techlist: {words}" if words else "Techlist"
    title = f"Techlist: changes, {words}" if words else "Techlist: changes"
    assert names_of(client, question) == (name, name, title)


def test_a_name_follows_the_letters_of_its_owner(client: Client) -> None:
    tech = add("Django 3.2", owner="payments")
    assert names_of(client, "?owner=Payments")[0] == "Techlist: owner payments"
    editing.edit(tech, owner="PayMents")
    assert names_of(client, "?owner=Payments")[0] == "Techlist: owner PayMents"


@pytest.mark.parametrize(
    "query",
    ["", "?q=postgres&utm=1", "?token=x&priority=low&priority=high", "?q=%3Clink+rel%3D%22self%22+href%3D%22x%22+/%3E"],
)
def test_a_feed_names_the_address_that_was_asked(client: Client, query: str) -> None:
    add("<link rel='self' href='x' />")
    editing.edit(add('<link rel="self" href="x" />'), impact="critical", unversioned=True)
    for _ in range(2):
        feed = xml(get(client, "changes.atom", query).content)
        links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
        assert links == {"self": f"http://testserver/api/techs/changes.atom{query}", "alternate": "http://testserver/"}


def test_end_dates_that_moved(client: Client, publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    tech = add("Django 5.2", owner="Payments", tags=["shop"])
    add("django 5.2.3", owner="Web")
    publish(publisher, django(AFTER))
    change = tech.date_changes.get()
    (entry,) = entries(get(client, "changes.atom", "?owner=payments&tag=shop").content)
    moved = f"end of support moved from {BEFORE} to {AFTER}"
    assert entry.findtext(f"{ATOM}title") == f"Django 5.2: {moved}"
    assert entry.findtext(f"{ATOM}content") == f"Django 5.2: {moved}."
    assert entry.findtext(f"{ATOM}id") == f"http://testserver/#date-change-{change.pk}"
    assert entry.find(f"{ATOM}link").attrib["href"] == f"http://testserver/techs/{tech.pk}/"  # type: ignore[union-attr]
    assert changes_of(client, "?owner=nobody") == []
    assert changes_of(client, "?priority=critical") == []
    editing.edit(tech, level_override="critical", override_review_on=date(2999, 1, 1), note="x")
    level, second, first = changes_of(client)
    assert (level, first) == ("Django 5.2: low to critical", f"Django 5.2: {moved}")
    assert second == f"django 5.2.3: end of support of Django 5.2 moved from {BEFORE} to {AFTER}"


def test_the_feed_and_the_pages_follow_at_once(client: Client, publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    add("Django 5.2")
    assert changes_of(client) == []
    publish(publisher, django(AFTER))
    assert len(changes_of(client)) == 1


def test_the_calendar_follows_a_moved_date(client: Client, publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    tech = add("Django 5.2")
    publish(publisher, django(AFTER))
    (event,) = icalendar.Calendar.from_ical(get(client, "calendar.ics").content).walk("VEVENT")
    start: Any = event["DTSTART"]
    assert (event["UID"], start.dt) == (f"end-{tech.pk}@testserver", date.fromisoformat(AFTER))


def test_feed_tells_of_who_left(client: Client) -> None:
    tech = add("Postgres 14")
    editing.edit(tech, impact="critical")
    editing.remove(tech)
    assert len(changes_of(client)) == 1


def test_feed_is_bounded(client: Client) -> None:
    change = {"at": timezone.now(), "from_level": "low", "to_level": "high", "why": "x"}
    LevelChange.objects.bulk_create(LevelChange(name=f"x {number}", **change) for number in range(300))
    assert len(changes_of(client)) == documents.FEED_ENTRIES


def test_addresses_are_those_of_who_asks(client: Client) -> None:
    """Two host names of one server must not get each other's addresses from the cache."""
    for host in ("localhost", "127.0.0.1"):
        feed = xml(client.get("/api/techs/changes.atom", headers={"host": host}).content)
        assert feed.findtext(f"{ATOM}id") == f"http://{host}/api/techs/changes.atom"


def test_thousands_of_rows(client: Client) -> None:
    first = add("Django 3.2")
    fields = {
        field.attname: getattr(first, field.attname) for field in Tech._meta.concrete_fields if field.name != "id"
    }
    rows = (Tech(**fields | {"name_key": f"x {number}", "rank": f"{number:06d}"}) for number in range(2_499))
    Tech.objects.bulk_create(rows, batch_size=500)
    cache.invalidate()
    contents = {form: get(client, form).getvalue() for form in FORMS}
    assert len(json.loads(contents["export.json"])) == 2_500
