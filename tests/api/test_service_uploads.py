"""The API of uploads for services: accepted, refused, and their results."""

import gzip

import pytest
from django.test import Client

from techs.models import ServiceSource, Tech, Upload, Usage
from tests.support import uploads as support
from tests.support.factories import add
from tests.support.service_api import JSON, SOURCE, URL, create, finish, put, result_of
from tests.support.uploads import listed, push

pytestmark = pytest.mark.django_db(transaction=True)


def test_upload_and_result(client: Client) -> None:
    create(client)
    answer = put(client, "django==3.2.25\nrequests==2.31\n", query="origin=push:.&ref=abc123")
    assert (answer.status_code, answer.json()["upload"]["state"]) == (202, "queued")
    result = finish(client, answer)
    assert (result["state"], result["ref"], result["source"]) == ("done", "abc123", "requirements.txt")
    django = Tech.objects.get(name="Django 3.2")
    assert result["added"][0] == {"id": django.pk, "name": "Django 3.2", "version": "3.2.25", "priority": "critical"}
    assert result["worst"] == {"id": django.pk, "name": "Django 3.2", "priority": "critical"}
    again = put(client, "django==3.2.25\nrequests==2.31\n", query="origin=push:.&ref=abc123")
    assert (again.status_code, again.json()["upload"]["id"]) == (200, result["id"])
    result = finish(client, put(client, "django==5.2.1\nrequests==2.32\n"))
    assert [row["name"] for row in result["added"]] == ["Django 5.2"]
    assert [(row["id"], row["name"], row["priority"]) for row in result["removed"]] == [
        (None, "Django 3.2", "critical")
    ]
    assert result["changed"] == [
        {"name": "Django", "from": "3.2.25", "to": "5.2.1"},
        {"name": "requests", "from": "2.31", "to": "2.32"},
    ]
    assert result["unchanged"] == 0
    [resolved] = client.get("/api/resolved/").json()["data"]
    assert (resolved["name"], resolved["moves"][0]["to"]) == ("Django 3.2", ["Django 5.2"])


def test_a_dry_run_stores_nothing(client: Client) -> None:
    push(support.service(), "django==3.2.25\nrequests==2.31\n")
    answer = put(client, "django==5.2.1\nrequests==2.31\n", query="dry_run=1")
    body = answer.json()
    assert answer.status_code == 200
    assert [(row["id"], row["name"], row["priority"]) for row in body["added"]] == [(None, "Django 5.2", "medium")]
    assert [(row["name"], row["priority"]) for row in body["removed"]] == [("Django 3.2", "critical")]
    assert (body["changed"], body["unchanged"]) == ([{"name": "Django", "from": "3.2.25", "to": "5.2.1"}], 1)
    assert put(client, "", query="dry_run=1").json()["needs_confirmation"]
    assert (Upload.objects.count(), listed()) == (1, {"Django 3.2": 1, "requests": 1})
    assert put(client, "django==1\n", f"{URL}shop/sources/other.txt/", "dry_run=1").status_code == 200
    assert ServiceSource.objects.count() == 1


def test_a_dry_run_names_the_row_that_would_be_used(client: Client) -> None:
    node, django = add("Node 20"), add("Django 5.2", impact="critical")
    create(client)
    content = "nodejs 20.11.0\n"
    body = put(client, content, f"{URL}shop/sources/.tool-versions/", "dry_run=1").json()
    (row,) = body["added"]
    assert (row["id"], row["priority"], body["worst"]["id"]) == (node.pk, node.level, node.pk)
    assert put(client, "django==5.2.1\n", query="dry_run=1").json()["added"][0]["id"] == django.pk
    finish(client, put(client, content, f"{URL}shop/sources/.tool-versions/"))
    body = put(client, "ruby 3.4.1\n", f"{URL}shop/sources/.tool-versions/", "dry_run=1").json()
    assert [row["id"] for row in body["removed"]] == [node.pk]


def test_a_large_removal(client: Client) -> None:
    create(client)
    finish(client, put(client, "".join(f"lib{number}==1\n" for number in range(30))))
    answer = put(client, "lib1==1\n")
    assert (answer.status_code, answer.json()["removes"], answer.json()["of"]) == (409, 29, 30)
    assert "confirm=large" in answer.json()["detail"]
    assert put(client, "lib1==1\n", query="confirm=yes").status_code == 400
    assert put(client, "lib1==1\n", query="confirm=large").status_code == 202


def test_what_is_refused(client: Client) -> None:
    assert put(client, "django==3.2\n").status_code == 404
    create(client)
    broken = put(client, '{"a": 1,\n}', f"{URL}shop/sources/package.json/")
    assert (broken.status_code, broken.json()["file"][0][:7]) == (400, "Line 2,")
    for source in ("a/../b", "./a", "a//b", "x" * 201, "%20a"):
        assert put(client, "django==3.2\n", f"{URL}shop/sources/{source}/").status_code == 400, source
    too_many = put(client, "".join(f"lib{number}\n" for number in range(10_001)))
    assert (too_many.status_code, "10,000" in too_many.json()["file"][0]) == (400, True)
    unknown = put(client, "\x00\x01", f"{URL}shop/sources/photo.png/")
    assert (unknown.status_code, list(unknown.json())) == (400, ["file"])
    client.delete(f"{URL}shop/")
    archived = put(client, "django==3.2\n")
    assert (archived.status_code, "archived" in archived.json()["detail"]) == (409, True)
    assert not Usage.objects.exists()
    assert client.get("/api/uploads/1/").status_code == client.get(f"{URL}none/").status_code == 404


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "application/x-www-form-urlencoded"])
def test_any_media_type(client: Client, content_type: str) -> None:
    """As programs such as curl send files."""
    create(client)
    answer = client.put(
        f"{URL}shop/sources/sbom:web/?name=requirements.txt", b"django==3.2.1\n", content_type=content_type
    )
    assert answer.status_code == 202
    finish(client, answer)
    assert listed() == {"Django 3.2": 1}


def test_gzip(client: Client) -> None:
    create(client)
    body = gzip.compress(b"django==3.2.1\n")
    headers = {"Content-Encoding": "gzip"}
    answer = client.put(SOURCE, body, content_type="application/octet-stream", headers=headers)
    assert answer.status_code == 202


def test_sources_end(client: Client) -> None:
    push(support.service(), "django==3.2.25\n")
    assert client.delete(f"{URL}shop/sources/none/").status_code == 404
    answer = client.delete(SOURCE)
    assert answer.status_code == 202
    assert [row["name"] for row in finish(client, answer)["removed"]] == ["Django 3.2"]
    assert client.delete(SOURCE).status_code == 404
    assert client.get(f"{URL}shop/").json()["sources"] == []


def test_complete(client: Client) -> None:
    create(client)
    for name in ("a/go.mod", "b/go.mod", "c/go.mod"):
        finish(client, put(client, f"module x\n\ngo 1.2{len(name)}\n", f"{URL}shop/sources/{name}/", "origin=push:."))
    body = {"origin": "push:.", "sources": ["a/go.mod", "b/go.mod"]}
    answer = client.post(f"{URL}shop/complete/", body, content_type=JSON)
    assert answer.status_code == 202
    [upload] = answer.json()["uploads"]
    assert result_of(client, upload)["source"] == "c/go.mod"
    refused = client.post(f"{URL}shop/complete/", body | {"sources": []}, content_type=JSON)
    assert (refused.status_code, refused.json()["of"]) == (409, 2)
