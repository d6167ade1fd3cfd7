"""Packages without lifecycle data: listed apart, and neither assessed nor counted."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from techs.assessment.assessor import Assessor
from techs.imports import reading, service
from techs.inventory import editing, overview, reassessment
from techs.inventory.queries import ALL, ListQuery
from techs.inventory.selection import count_levels, select
from techs.models import LevelChange, Submission, Tech
from techs.rules.kinds import Kind, library_name
from techs.submissions import batches, outbox
from tests.support.factories import add
from tests.support.pages import parse, text_of, visit

pytestmark = pytest.mark.django_db(transaction=True)

PACKAGE_JSON = json.dumps({"dependencies": {"express": "4.18.2", "lodash": "^4.17.21", "left-pad": "1.3.0"}}).encode()
JSON = "application/json"


def run_import(name: str = "package.json", content: bytes = PACKAGE_JSON) -> None:
    service.accept(reading.read(name, content), name=name)
    ids = list(Submission.objects.filter(state="queued").values_list("pk", flat=True))
    assert batches.process_batch(ids, seconds=60) == []


def names(**query: Any) -> list[str]:
    return [row.name for row in select(ListQuery(**query)).rows]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("lodash ^4.17.21", "lodash"),
        ("PyPI package redis 6.4.0", "PyPI package redis"),
        ("github.com/pkg/errors v0.9.1", "github.com/pkg/errors"),
        ("2to3 1.0", "2to3"),
        ("left-pad", "left-pad"),
        ("monolog/monolog >=1.0 <3", "monolog/monolog"),
    ],
)
def test_library_name(text: str, name: str) -> None:
    assert library_name(text) == name


def test_tracked_ones_are_the_list_and_libraries_come_after_them() -> None:
    add("Our billing service")
    run_import()
    assert names() == ["Express 4.18.2", "Our billing service"]
    assert names(include=ALL) == ["Express 4.18.2", "Our billing service", "left-pad", "lodash"]
    lodash = Tech.objects.get(name="lodash")
    assert (lodash.kind, lodash.level, lodash.product) == ("library", "unknown", "")
    assert lodash.action == "nothing to do"
    assert [reason["code"] for reason in lodash.reasons] == ["LIBRARY"]
    assert lodash.suggestions == []


def test_libraries_are_not_counted_but_their_number_is_known() -> None:
    run_import()
    counted = overview.select(Assessor.current().today)
    assert (sum(counted.levels.values()), counted.libraries) == (1, 2)
    assert sum(count_levels(ListQuery()).values()) == 1
    assert sum(count_levels(ListQuery(include=ALL)).values()) == 3


def test_several_versions_are_one_library() -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {f"node_modules/x{n}/node_modules/y": {"version": f"{n}.0"} for n in (1, 2)},
    }
    run_import("package-lock.json", json.dumps(lock).encode())
    assert names(include=ALL) == ["y"]


def test_typed_by_hand_it_is_tracked_and_stays_so() -> None:
    run_import()
    add("lodash")
    assert "lodash" in names()
    run_import()
    assert "lodash" in names()
    assert not LevelChange.objects.exists()


def test_a_corrected_name_is_tracked() -> None:
    run_import()
    editing.edit(Tech.objects.get(name="lodash"), text="Lodash 4")
    assert "Lodash 4" in names()


def test_it_stays_a_library_when_it_is_assessed_again() -> None:
    run_import()
    lodash = Tech.objects.get(name="lodash")
    outbox.assess_again([lodash])
    run_import()
    Tech.objects.update(basis="earlier")
    reassessment.reassess(seconds=10)
    lodash.refresh_from_db()
    assert lodash.kind == Kind.LIBRARY
    assert [reason["code"] for reason in lodash.reasons] == ["LIBRARY"]


def test_a_library_never_takes_the_level_of_a_product_with_its_name() -> None:
    run_import("requirements.txt", b"redis==3.5.0\n")
    (row,) = Tech.objects.all()
    assert (row.kind, row.product) == ("library", "")


def test_images_and_unknown_lines_are_tracked() -> None:
    run_import("Dockerfile", b"FROM corp.example/billing:1.2\n")
    run_import("", b"Our billing service\n")
    assert len(names()) == 2


def test_the_api_and_exports_leave_them_out_unless_asked(client: Client) -> None:
    run_import()
    for path in ("/api/techs/", "/api/techs/export.json", "/get"):
        rows = client.get(path).json()
        assert len(rows if isinstance(rows, list) else rows["data"]) == 1, path
    for path in ("/api/techs/?include=all", "/api/techs/export.json?include=all"):
        rows = client.get(path).json()
        kinds = [row["kind"] for row in (rows if isinstance(rows, list) else rows["data"])]
        assert kinds == ["tracked", "library", "library"], path
    assert client.get("/api/techs/?include=some").status_code == 400


def test_the_page_folds_and_counts_them(client: Client) -> None:
    run_import()
    page = client.get("/").content.decode()
    assert "2 libraries without lifecycle data are hidden." in page
    assert "lodash" not in page
    page = client.get("/?include=all").content.decode()
    assert "lodash" in page
    assert "Hide libraries" in page
    assert text_of(parse(page), "#level-all .count") == "3"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "2 libraries without lifecycle data are hidden. Show them"),
        ("owner=shop", "1 library without lifecycle data is hidden. Show it"),
        ("tag=web", "1 library without lifecycle data is hidden. Show it"),
        ("owner=data", ""),
        ("priority=unknown", "2 libraries without lifecycle data are hidden. Show them"),
        ("priority=critical", ""),
        ("product=express", ""),
        ("kind=library", ""),
        ("q=d", "Show libraries"),
        ("owner=shop&tag=web", "Show libraries"),
        ("include=all&owner=shop", "Hide libraries"),
    ],
)
def test_those_that_the_filters_would_show_are_counted(client: Client, query: str, words: str) -> None:
    run_import()
    lodash = Tech.objects.get(name="lodash")
    client.patch(f"/api/techs/{lodash.pk}/", {"owner": "Shop", "tags": ["web"]}, content_type="application/json")
    _, _, shown = text_of(visit(client, f"/?{query}"), ".positions").partition(" · ")
    assert shown == words


def test_the_preview_ticks_none_of_them(client: Client) -> None:
    text = PACKAGE_JSON.decode()
    page = client.post("/import/", {"text": text}).content.decode()
    assert "2 libraries" in page
    assert page.count("checked") == 1


def test_the_gate_ignores_them(tmp_path: Any) -> None:
    path = tmp_path / "package.json"
    path.write_bytes(json.dumps({"dependencies": {"lodash": "4.17.21"}}).encode())
    call_command("assess", path, fail_on="unknown")
