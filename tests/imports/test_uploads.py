"""Uploads: each replaces what its source showed before, additions first."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from techs.imports import applying, uploads
from techs.models import (
    LevelChange,
    Resolved,
    ServiceSource,
    Tech,
    TechOwner,
    Upload,
    UploadLine,
    UploadState,
    UsageChange,
)
from tests.support import uploads as support
from tests.support.factories import add
from tests.support.uploads import accept, changed, listed, push, used, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_becomes_the_list() -> None:
    shop = support.service()
    upload = push(shop, "django==3.2.25\nrequests==2.32\n")
    assert upload.state == UploadState.DONE
    assert listed() == {"Django 3.2": 1, "requests": 1}
    row = Tech.objects.get(name="Django 3.2")
    assert (row.by_hand, row.versions, row.lowest_version, row.level) == (False, ["3.2.25"], "3.2.25", "critical")
    assert changed(upload) == [("entered", "Django 3.2"), ("entered", "requests")]
    assert not UploadLine.objects.exists()


def test_the_next_file_replaces_it() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\nnumpy==1.21.6\n")
    upload = push(shop, "django==5.2.1\nnumpy==1.21.5\n")
    assert listed() == {"Django 5.2": 1, "NumPy": 1}
    assert changed(upload) == [("changed", "NumPy"), ("entered", "Django 5.2"), ("left", "Django 3.2")]
    assert used(shop) == {"Django 5.2": ["5.2.1"], "NumPy": ["1.21.5"]}
    resolved = Resolved.objects.get()
    assert (resolved.name, resolved.level) == ("Django 3.2", "critical")
    assert resolved.moves == [{"service": "Shop", "slug": "shop", "from": ["3.2.25"], "to": ["Django 5.2"]}]


def test_rows_added_by_hand_stay() -> None:
    add("Django 3.2", owner="Web")
    shop = support.service()
    push(shop, "django==3.2.25\n")
    push(shop, "")
    row = Tech.objects.get()
    assert (row.name, row.owner, row.services, row.by_hand, row.versions) == ("Django 3.2", "Web", 0, True, None)
    assert not Resolved.objects.exists()


def test_a_typed_name_of_the_same_release_is_the_row() -> None:
    add("Node 20")
    add("Django ~=5.2.0")  # allows one release cycle, but is a range
    push(support.service(), "nodejs 20.11.0\n", source=".tool-versions")
    push(support.service("Pay"), "django==5.2.3\n")
    assert listed() == {"Django 5.2": 1, "Django ~=5.2.0": 0, "Node 20": 1}


def test_several_services_and_sources() -> None:
    shop, pay = (
        support.service("Shop", owner="Web", impact="low"),
        support.service("Pay", owner="Payments", impact="high"),
    )
    push(shop, "django==3.2.25\n")
    push(shop, "django==3.2.4\n", source="b/requirements.txt")
    push(pay, "django==3.2.10\n")
    row = Tech.objects.get()
    assert (row.services, row.service_impact, row.lowest_version) == (2, "high", "3.2.4")
    assert row.versions == ["3.2.4", "3.2.10", "3.2.25"]
    assert sorted(TechOwner.objects.values_list("owner_key", flat=True)) == ["payments", "web"]
    push(pay, "")
    row.refresh_from_db()
    assert (row.services, row.service_impact, row.versions) == (1, "low", ["3.2.4", "3.2.25"])
    assert TechOwner.objects.get().owner_key == "web"
    assert not Resolved.objects.exists()


def test_services_raise_the_impact() -> None:
    push(support.service("Small", impact="low"), "django==3.2.25\n")
    low = Tech.objects.get().score
    push(support.service("Big", impact="critical"), "django==3.2.25\n")
    row = Tech.objects.get()
    assert (low < row.score, row.impact, row.rank[4]) == (True, "", "0")
    assert LevelChange.objects.count() == 1


def test_a_range_does_not_count_beside_an_exact_version() -> None:
    shop = support.service()
    push(shop, '[project]\nname = "shop"\ndependencies = ["django>=4.2"]\n', source="pyproject.toml")
    push(support.service("Pay"), "django>=4.2\n")
    assert listed() == {"Django >=4.2": 2}
    push(shop, "django==5.2.3\n")
    assert listed() == {"Django 5.2": 1, "Django >=4.2": 1}
    assert used(shop) == {"Django 5.2": ["5.2.3"]}
    push(shop, "")
    assert listed() == {"Django >=4.2": 2}
    push(support.service("Pay"), "")
    push(shop, "django==5.2.3\n")
    assert listed() == {"Django 5.2": 1}
    # A range that gave way to an exact version was not resolved.
    assert sorted(Resolved.objects.values_list("name", flat=True)) == ["Django 5.2"]


def test_several_versions_of_one_row() -> None:
    lock = '{"lockfileVersion": 3, "packages": {"node_modules/debug": {"version": "4.3.4"}, '
    lock += '"node_modules/send/node_modules/debug": {"version": "2.6.9"}}}'
    shop = support.service()
    push(shop, lock, source="package-lock.json")
    assert used(shop) == {"debug": ["2.6.9", "4.3.4"]}


def test_a_library_that_another_file_tracks() -> None:
    push(support.service(), "our-engine==1\n")
    assert Tech.objects.get().is_library
    push(support.service("Pay"), "our-engine\n", source="stack.txt")
    assert (Tech.objects.get().kind, Tech.objects.get().services) == ("tracked", 2)


def test_the_same_file_again() -> None:
    shop = support.service()
    first = accept(shop, "django==3.2.25\n")
    again, is_new = uploads.accept(shop, support.SOURCE, uploads.File(support.SOURCE, b"django==3.2.25\n"))
    assert (again, is_new) == (first, False)
    assert Upload.objects.count() == 1
    work(first)
    push(shop, "django==5.2\n")
    # Not the newest: it counts again.
    assert accept(shop, "django==3.2.25\n") not in (first, None)


def test_a_day_later_it_was_seen_again() -> None:
    shop = support.service()
    first = push(shop, "django==3.2.25\n")
    earlier = timezone.now() - timedelta(days=2)
    ServiceSource.objects.update(seen_at=earlier)
    assert accept(shop, "django==3.2.25\n") == first
    assert ServiceSource.objects.get().seen_at > earlier


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_newest_wins_in_any_order(newest_first: bool) -> None:  # noqa: FBT001
    shop = support.service()
    push(shop, "django==3.2.25\nnumpy==1.21\n")
    old, new = accept(shop, "django==4.2.1\n"), accept(shop, "django==5.2.1\n")
    for upload in (new, old) if newest_first else (old, new):
        work(upload)
    old.refresh_from_db()
    assert old.state == UploadState.SUPERSEDED
    assert listed() == {"Django 5.2": 1}
    assert changed(new) == [("entered", "Django 5.2"), ("left", "Django 3.2"), ("left", "NumPy")]


def test_what_a_superseded_upload_added_is_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "SIZES", (1, 1))
    shop = support.service()
    old = accept(shop, "django==4.2.1\nnumpy==1.21\n")
    applying._step(old.pk)
    assert listed() == {"Django 4.2": 1}
    new = push(shop, "numpy==1.21\n")
    work(old)
    assert listed() == {"NumPy": 1}
    assert changed(new) == [("entered", "NumPy")]
    assert UsageChange.objects.count() == 1


def test_additions_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """At no time are there fewer usages than the old and the new file share."""
    monkeypatch.setattr(applying, "SIZES", (1, 1))
    shop = support.service()
    push(shop, "django==3.2.25\nnumpy==1.21\n")
    upload = accept(shop, "numpy==1.21\nflask==2.0\nnumpy==1.21\nredis==4\n")
    seen = [set(used(shop))]
    while applying._step(upload.pk):
        seen.append(set(used(shop)))
    assert all({"NumPy"} <= each for each in seen)
    growing = seen[:-1]
    assert all(before <= after for before, after in pairwise(growing))
    assert seen[-1] == set(used(shop)) == {"NumPy", "flask", "PyPI package redis"}
