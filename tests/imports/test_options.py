"""Attributes for all lines of an import: owner, tags, impact, extended support and note."""

import itertools
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techs.imports import parsing, service
from techs.imports.manifests import read
from techs.lifecycles import store
from techs.models import Import, Source, Submission, SubmissionState, Tech, TechTag
from techs.rules.attributes import TechAttributes
from techs.rules.products import Facts
from techs.submissions import batches, outbox, processing
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/imports/"
JSON = "application/json"
PAYMENTS: dict[str, Any] = {
    "owner": "Payments",
    "tags": ["shop", "pay"],
    "impact": "high",
    "extended_support": True,
    "note": "Runs\nthe till.",
}


def work() -> None:
    assert batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=60) == []


def one_by_one() -> None:
    """Process lines one by one, as after a failure of the batch."""
    for submission in Submission.objects.exclude(state=SubmissionState.DONE).order_by("pk"):
        processing.process(submission.uuid)


def post(client: Client, lines: list[str], **more: Any) -> Any:
    headers = more.pop("headers", {})
    return client.post(URL, {"lines": lines, **more}, content_type=JSON, headers=headers)


def attributes_of(name: str) -> dict[str, Any]:
    tech = Tech.objects.get(name=name)
    return {field: getattr(tech, field) for field in PAYMENTS}


def found_by(client: Client, query: str) -> list[str]:
    return [tech["name"] for tech in client.get(f"/api/techs/?{query}").json()["data"]]


def test_every_line_gets_them(client: Client) -> None:
    url = post(client, ["Django 3.2", "Node.js 20"], **PAYMENTS).json()["import"]["url"]
    work()
    assert attributes_of("Django 3.2") == attributes_of("Node.js 20") == PAYMENTS | {"tags": ["pay", "shop"]}
    for query in ("tag=pay", "tag=shop", "owner=payments"):
        assert sorted(found_by(client, query)) == ["Django 3.2", "Node.js 20"]
    body = client.get(url).json()
    assert {option: body[option] for option in PAYMENTS} == PAYMENTS | {"tags": ["pay", "shop"]}


@pytest.mark.parametrize("work_through", [work, one_by_one])
def test_what_the_list_has_already(client: Client, work_through: Callable[[], None]) -> None:
    """Tags are added, an owner is kept, and the other values are replaced."""
    add("Django 3.2", owner="Web", tags=["web", "pay"], impact="low")
    url = post(client, ["django 3.2"], **PAYMENTS).json()["import"]["url"]
    work_through()
    assert attributes_of("django 3.2") == PAYMENTS | {"owner": "Web", "tags": ["pay", "shop", "web"]}
    assert sorted(TechTag.objects.values_list("tag", flat=True)) == ["pay", "shop", "web"]
    assert found_by(client, "owner=payments") == []
    assert client.get(url).json()["kept_owners"] == [{"line": 1, "text": "django 3.2", "owner": "Web"}]


@pytest.mark.parametrize(
    "attributes", [{}, {"tags": []}, {"owner": ""}, {"note": ""}, {"extended_support": False}, {"impact": "critical"}]
)
def test_what_is_not_said_stays(client: Client, attributes: dict[str, Any]) -> None:
    before = PAYMENTS | {"tags": ["pay", "shop"]}
    add("Django 3.2", **before)
    post(client, ["Django 3.2"], **attributes)
    work()
    set_by_imports = {name: value for name, value in attributes.items() if name not in ("owner", "tags")}
    assert attributes_of("Django 3.2") == before | set_by_imports
    assert Submission.objects.latest("pk").is_unchanged is (not attributes or attributes.keys() <= {"owner", "tags"})


def test_a_form_says_them_in_texts(client: Client) -> None:
    form = {"owner": " Payments ", "tags": ["#Shop, pay", "web"], "impact": "high", "extended_support": "true"}
    form |= {"note": "Runs\r\nthe till."}
    response = client.post(URL, form | {"file": SimpleUploadedFile("a.txt", b"Django 3.2\n")})
    assert response.status_code == 202
    work()
    assert attributes_of("Django 3.2") == PAYMENTS | {"tags": ["pay", "shop", "web"]}


@pytest.mark.parametrize("blank", ["", " \t"])
def test_fields_of_a_form_that_nobody_filled_in(client: Client, blank: str) -> None:
    add("Django 3.2", **PAYMENTS)
    form = dict.fromkeys(PAYMENTS, blank)
    assert client.post(URL, form | {"file": SimpleUploadedFile("a.txt", b"Django 3.2\n")}).status_code == 202
    work()
    assert attributes_of("Django 3.2")["owner"] == "Payments"


@pytest.mark.parametrize(
    "attributes",
    [
        {"impact": "huge"},
        {"impact": None},
        {"impact": "\ud800"},
        {"impact": ["\ud800"]},
        {"extended_support": "yes"},
        {"owner": 1},
        {"owner": "x" * 101},
        {"tags": "shop"},
        {"tags": ["two words"]},
        {"tags": [f"t{number}" for number in range(11)]},
        {"note": None},
        {"note": "x" * 2001},
    ],
)
def test_what_is_refused_of_one_is_refused_of_many(client: Client, attributes: dict[str, Any]) -> None:
    one = client.post("/api/techs/", {"text": "Django 3.2", **attributes}, content_type=JSON)
    many = post(client, ["Django 3.2"], **attributes)
    assert (many.status_code, many.json()) == (400, one.json())
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    "attributes",
    [{"impact": "huge"}, {"extended_support": "yes"}, {"owner": "\x07a"}, {"tags": "a/b"}, {"note": "x" * 2001}],
)
def test_a_form_is_refused_by_field(client: Client, attributes: dict[str, str]) -> None:
    response = client.post(URL, attributes | {"file": SimpleUploadedFile("a.txt", b"Django 3.2\n")})
    assert (response.status_code, list(response.json())) == (400, list(attributes))
    assert not Import.objects.exists()


@pytest.mark.parametrize("name", ["impact", "extended_support", "owner", "tags", "note"])
def test_a_file_in_the_place_of_an_option_is_refused(client: Client, name: str) -> None:
    files = {at: SimpleUploadedFile("a.txt", b"Django 3.2\n") for at in ("file", name)}
    response = client.post(URL, files)
    assert (response.status_code, list(response.json())) == (400, [name])
    assert not Import.objects.exists()


def test_a_key_with_other_options_is_refused(client: Client) -> None:
    for attributes, status in (
        (PAYMENTS, 202),
        (PAYMENTS, 202),
        ({}, 400),
        (PAYMENTS | {"owner": "Web"}, 400),
        (PAYMENTS | {"note": "x"}, 400),
    ):
        response = post(client, ["Django 3.2"], headers={"Idempotency-Key": "abc"}, **attributes)
        assert response.status_code == status
    assert Import.objects.count() == 1


@pytest.mark.parametrize("attributes", [{}, PAYMENTS])
def test_a_key_of_an_earlier_version_means_what_it_meant(client: Client, attributes: dict[str, Any]) -> None:
    """Earlier digests include the reasons of skipped lines, whose wording has changed."""
    first = post(client, ["Django 3.2", "---"], headers={"Idempotency-Key": "abc"}, **attributes)
    Import.objects.update(digest="855f33ec072833f8869d7c68ea2b27b909b7408d383348dbed9eb2adeaba457b")
    again = post(client, ["Django 3.2", "---"], headers={"Idempotency-Key": "abc"}, **attributes)
    assert (again.status_code, again.json()["import"]["id"]) == (202, first.json()["import"]["id"])
    for lines in (["Django 3.2"], ["Django 3.2", "+++"], ["Django 4.2", "---"]):
        assert post(client, lines, headers={"Idempotency-Key": "abc"}, **attributes).status_code == 400
    other = post(client, ["Django 3.2", "---"], headers={"Idempotency-Key": "abc"}, **attributes | {"owner": "Web"})
    assert (other.status_code, Import.objects.count()) == (400, 1)


@pytest.mark.parametrize(
    ("stored", "status"), [("React 18.2.0", 202), ("React 18.3.0", 400), ("Vue 18.2.0", 400), ("React", 400)]
)
def test_a_key_of_an_earlier_version_that_stored_the_floor_of_a_range(client: Client, stored: str, status: int) -> None:
    def send() -> Any:
        file = SimpleUploadedFile("package.json", b'{"dependencies": {"react": "^18.2.0"}}')
        return client.post(URL, {"file": file}, headers={"Idempotency-Key": "abc"})

    assert send().status_code == 202
    Import.objects.update(digest="of an earlier version")
    Submission.objects.update(text=stored)
    assert send().status_code == status


def test_a_key_of_an_earlier_version_that_ignored_notes(client: Client) -> None:
    def send(note: str) -> Any:
        file = SimpleUploadedFile("a.csv", f"name,note\nDjango 3.2,{note}\n".encode())
        return client.post(URL, {"file": file}, headers={"Idempotency-Key": "abc"})

    assert send("old").status_code == 202
    assert send("other").status_code == 400
    Import.objects.update(digest="of an earlier version")
    Submission.objects.update(note=None)
    assert send("old").status_code == 202


def test_a_key_is_valid_whatever_the_lifecycle_data_says_by_then(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(version: str, key: str = "abc") -> Any:
        component = {"type": "library", "name": "react", "version": version, "purl": f"pkg:npm/react@{version}"}
        content = json.dumps({"bomFormat": "CycloneDX", "components": [component]})
        headers = {"Idempotency-Key": key}
        return client.post(f"{URL}?name=bom.json", content.encode(), content_type="text/plain", headers=headers)

    first = send("18.2.0")
    store.replace(Facts(version="x", as_of=date(2026, 1, 1), products={}), source=Source.STARTER)
    other = send("18.2.0", key="other")
    assert [each.text for each in Submission.objects.order_by("pk")] == ["React 18.2.0", "React"]
    monkeypatch.setattr(parsing, "read", None)  # nobody parses a repeated request
    again = send("18.2.0")
    assert (again.status_code, again.json()) == (202, first.json())
    assert (send("18.3.0").status_code, other.status_code) == (400, 202)
    assert Import.objects.count() == 2


@pytest.mark.parametrize("work_through", [work, one_by_one])
def test_more_tags_than_one_may_have(client: Client, work_through: Callable[[], None]) -> None:
    """The line fails as a whole, at once and with a reason; other lines are imported."""
    full = [f"t{number}" for number in range(10)]
    add("Django 3.2", tags=full, owner="Web")
    url = post(client, ["Django 3.2", "Node.js 20", "Debian 12"], owner="Payments", tags=["t1", "x"]).json()["import"][
        "url"
    ]
    work_through()
    body = client.get(url).json()
    assert (body["state"], body["done"], body["failed"]) == ("done", 2, 1)
    assert Submission.objects.get(of_import__isnull=False, line=1).attempts == (work_through is one_by_one)
    assert body["errors"] == [
        {
            "line": 1,
            "text": "Django 3.2",
            "error": "A technology can have at most 10 tags, not 11. The line was not imported.",
        }
    ]
    assert (attributes_of("Django 3.2")["owner"], attributes_of("Django 3.2")["tags"]) == ("Web", sorted(full))
    assert attributes_of("Debian 12")["tags"] == ["t1", "x"]


def test_more_tags_than_one_may_have_in_what_is_new(client: Client) -> None:
    """Its own tags and those for all lines are too many together, so it is not added to the list."""
    content = json.dumps([{"name": "Django 3.2", "tags": [f"t{number}" for number in range(9)]}, {"name": "Redis 6"}])
    form = {"file": SimpleUploadedFile("techlist.json", content.encode()), "tags": "t0,x,y"}
    url = client.post(URL, form).json()["import"]["url"]
    work()
    [error] = client.get(url).json()["errors"]
    assert error["error"] == "A technology can have at most 10 tags, not 11. The line was not imported."
    assert Tech.objects.get().name == "Redis 6"


def test_twice_is_once_whatever_was_edited_since(client: Client) -> None:
    """A message that is repeated after somebody removed a tag does not restore the tag."""
    post(client, ["Django 3.2", "Node.js 20"], **PAYMENTS)
    work()
    tech = Tech.objects.get(name="Django 3.2")
    client.patch(f"/api/techs/{tech.pk}/", {"tags": ["web"], "owner": ""}, content_type=JSON)
    Submission.objects.update(state=SubmissionState.QUEUED, chunk_attempts=0)  # as if it had died before
    work()
    assert (attributes_of("Django 3.2")["tags"], attributes_of("Django 3.2")["owner"]) == (["web"], "")
    assert attributes_of("Node.js 20")["tags"] == ["pay", "shop"]


def test_a_later_edit_wins(client: Client) -> None:
    tech = add("Django 3.2", tags=["web"])
    post(client, ["Django 3.2"], **PAYMENTS)
    client.patch(f"/api/techs/{tech.pk}/", {"owner": "Web"}, content_type=JSON)
    work()
    assert (attributes_of("Django 3.2")["tags"], attributes_of("Django 3.2")["owner"]) == (["web"], "Web")


def test_two_imports_of_one_technology_in_one_message() -> None:
    service.accept(read("", b"Django 3.2"), attributes=TechAttributes(owner="Web", tags=("web",)))
    service.accept(read("", b"Django 3.2\nNode.js 20"), attributes=TechAttributes(tags=("shop",)))
    work()
    assert (attributes_of("Django 3.2")["owner"], attributes_of("Django 3.2")["tags"]) == ("Web", ["shop", "web"])
    assert sorted(TechTag.objects.values_list("tag", flat=True)) == ["shop", "shop", "web"]


@pytest.mark.parametrize("work_through", [work, one_by_one])
def test_a_single_submission_that_overtakes_takes_nothing_from_the_import(
    client: Client, work_through: Callable[[], None]
) -> None:
    """Single submissions go first. The import then sets only the attributes that they left out."""
    post(client, ["Django 3.2", "Node.js 20", "Debian 12", "Django 3.2.18"], **PAYMENTS)
    add("DJANGO 3.2")
    add("Node.js 20", owner="Web", tags=["web"])
    add("Debian 12", impact="low")
    work_through()
    assert attributes_of("DJANGO 3.2") == attributes_of("Django 3.2.18") == PAYMENTS | {"tags": ["pay", "shop"]}
    assert attributes_of("Node.js 20") == PAYMENTS | {"owner": "Web", "tags": ["web"]}
    assert attributes_of("Debian 12") == PAYMENTS | {"impact": "low", "tags": ["pay", "shop"]}
    assert sorted(found_by(client, "tag=pay")) == ["DJANGO 3.2", "Debian 12", "Django 3.2.18"]
    assert not Submission.objects.exclude(state=SubmissionState.DONE).exists()


ORDERS = list(itertools.permutations(range(3)))


@pytest.mark.parametrize("order", ORDERS)
def test_in_whatever_order_messages_arrive(order: tuple[int, ...]) -> None:
    """Two imports, of which the first sets the owner, and a single submission that replaces the tags."""
    add("Django 3.2", tags=["old"])
    promised = [
        service.accept(
            read("", b"Django 3.2"), attributes=TechAttributes(owner="Web", tags=("web",), impact="low", note="Old.")
        ).submissions.get(),
        outbox.accept(text="Django 3.2", tags=["only"], impact="high", note="New."),
        service.accept(
            read("", b"Django 3.2"), attributes=TechAttributes(owner="Shop", tags=("shop",))
        ).submissions.get(),
    ]
    for place in order:
        processing.process(promised[place].uuid)
    assert attributes_of("Django 3.2") == {
        "owner": "Web",
        "tags": ["only", "shop"],
        "impact": "high",
        "extended_support": False,
        "note": "New.",
    }
    assert sorted(TechTag.objects.values_list("tag", flat=True)) == ["only", "shop"]


def test_the_preview_knows_them() -> None:
    add("Django 3.2")
    manifest = read("", b"Django 3.2\nNode.js 16\nDebian 11")
    attributes = TechAttributes(impact="low", extended_support=True)
    shown = {
        line.entry.text: (line.tech.level, line.tech.score) for line in service.preview(manifest, attributes=attributes)
    }
    assert shown != {line.entry.text: (line.tech.level, line.tech.score) for line in service.preview(manifest)}
    service.accept(manifest, attributes=attributes)
    work()
    assert shown == {tech.name: (tech.level, tech.score) for tech in Tech.objects.all()}


def queries_of(number: int, attributes: TechAttributes) -> int:
    service.accept(
        read("", "\n".join(f"thing {number}.{line}" for line in range(number)).encode()), attributes=attributes
    )
    ids = list(Submission.objects.exclude(state=SubmissionState.DONE).values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as queries:
        assert batches.process_batch(ids, seconds=60) == []
    return len(queries)


def test_lines_cost_no_query_each() -> None:
    attributes = TechAttributes(owner="Payments", tags=("shop", "pay"), impact="high")
    queries_of(1, attributes)  # loaded only once
    few = queries_of(9, attributes)
    assert few - queries_of(8, TechAttributes()) <= 1  # the same for the tags
    assert queries_of(90, attributes) - few < 5  # SQLite limits the number of values per query


def test_they_are_kept_as_json_has_them() -> None:
    batch = service.accept(read("", b"Django 3.2"), attributes=TechAttributes(tags=("shop",)))
    assert json.loads(json.dumps(Import.objects.values_list("tags", flat=True).get())) == ["shop"]
    assert batch.submissions.get().tags == ["shop"]
