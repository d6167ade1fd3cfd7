"""Uploads: each replaces what its source showed before, additions first."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from techs import tasks
from techs.exceptions import LargeRemoval, ServiceArchived
from techs.imports import adding, applying, replacing, service, uploads
from techs.imports.manifests import ManifestError, read
from techs.inventory import editing, services, undo
from techs.models import (
    Action,
    LevelChange,
    Resolved,
    ServiceSource,
    Submission,
    Tech,
    TechOwner,
    TechTag,
    Upload,
    UploadLine,
    UploadState,
    Usage,
    UsageChange,
)
from techs.submissions import batches, outbox, processing
from tests.support import uploads as support
from tests.support.factories import add
from tests.support.uploads import accept, listed, push, used, work

pytestmark = pytest.mark.django_db(transaction=True)


def changes(upload: Upload) -> list[tuple[str, str]]:
    return sorted(upload.changes.values_list("kind", "name"))


def test_a_file_becomes_the_list() -> None:
    shop = support.service()
    upload = push(shop, "django==3.2.25\nrequests==2.32\n")
    assert upload.state == UploadState.DONE
    assert listed() == {"Django 3.2": 1, "requests": 1}
    row = Tech.objects.get(name="Django 3.2")
    assert (row.by_hand, row.versions, row.lowest_version, row.level) == (False, ["3.2.25"], "3.2.25", "critical")
    assert changes(upload) == [("entered", "Django 3.2"), ("entered", "requests")]
    assert not UploadLine.objects.exists()


def test_the_next_file_replaces_it() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\nnumpy==1.21.6\n")
    upload = push(shop, "django==5.2.1\nnumpy==1.21.5\n")
    assert listed() == {"Django 5.2": 1, "NumPy": 1}
    assert changes(upload) == [("changed", "NumPy"), ("entered", "Django 5.2"), ("left", "Django 3.2")]
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


def test_a_row_comes_back_with_all_that_people_set() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    row = Tech.objects.get()
    review = timezone.now().date() + timedelta(days=9)
    override: dict[str, Any] = {"level_override": "low", "override_review_on": review}
    editing.edit(row, owner="Web", tags=["a"], note="Patched.", impact="high", **override)
    push(shop, "")
    assert not Tech.objects.exists()
    push(shop, "django==3.2.1\n")
    row = Tech.objects.get()
    assert (row.owner, row.owner_key, row.tags, row.note, row.impact) == ("Web", "web", ["a"], "Patched.", "high")
    assert (row.level, row.override_review_on) == ("low", review)
    assert TechTag.objects.get().tech == row
    assert Resolved.objects.get().returned_at is not None


def _resolved() -> list[bool]:
    return [resolved.returned_at is not None for resolved in Resolved.objects.order_by("pk")]


def test_a_row_that_is_assessed_again_still_leaves_with_its_service() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    submission = outbox.assess_again(Tech.objects.get())
    processing.process(submission.uuid)
    submission.refresh_from_db()
    assert (submission.state, submission.tech) == ("done", Tech.objects.get(by_hand=False))
    push(shop, "")
    again = outbox.assess_again(Tech(pk=submission.tech_id, name="Django 3.2"))
    processing.process(again.uuid)
    assert not Tech.objects.exists()


def test_a_row_that_a_person_adds_again_has_returned() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    push(shop, "")
    assert _resolved() == [False]
    add("Django  3.2")
    assert _resolved() == [True]


def test_rows_of_an_import_have_returned() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\nnumpy==1.21.6\ncelery==5.2.7\n")
    push(shop, "")
    service.accept(read("", b"Django 3.2\nNumPy\nPostgres 14\n"))
    batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=60)
    returned = Resolved.objects.exclude(returned_at=None).order_by("name").values_list("name", flat=True)
    assert (list(returned), Resolved.objects.count()) == (["Django 3.2", "NumPy"], 3)


def test_a_row_that_gets_its_name_again_has_returned() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    push(shop, "")
    row = editing.edit(add("Django 5.2"), text="Django 3.2")
    assert _resolved() == [True, False]
    editing.edit(row, text="Django 5.2")
    assert _resolved() == [True, True, False]


def test_undo_brings_back_too() -> None:
    shop = support.service()
    removal = editing.remove(add("Django 3.2"))
    push(shop, "django==3.2.25\n")
    push(shop, "")
    assert _resolved() == [False]
    assert removal is not None
    (row,) = undo.undo(removal.pk).restored
    assert _resolved() == [True]
    row = editing.edit(row, text="Django 5.2")
    push(shop, "django==3.2.25\n")
    push(shop, "")
    assert _resolved() == [True, True, False]
    undo.undo(Action.objects.filter(kind__in=["changed", "resolved"]).latest("pk").pk)
    assert _resolved() == [True, True, True]


def test_a_row_that_a_person_adds_too_is_added_by_hand() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    assert add("Django 3.2").by_hand
    push(shop, "")
    assert listed() == {"Django 3.2": 0}


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
    assert changes(new) == [("entered", "Django 5.2"), ("left", "Django 3.2"), ("left", "NumPy")]


def test_what_a_superseded_upload_added_is_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "SIZES", (1, 1))
    shop = support.service()
    old = accept(shop, "django==4.2.1\nnumpy==1.21\n")
    applying._step(old.pk)
    assert listed() == {"Django 4.2": 1}
    new = push(shop, "numpy==1.21\n")
    work(old)
    assert listed() == {"NumPy": 1}
    assert changes(new) == [("entered", "NumPy")]
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


def test_a_large_removal_needs_a_confirmation() -> None:
    shop = support.service()
    push(shop, "".join(f"lib{number}==1.{number}\n" for number in range(30)))
    with pytest.raises(LargeRemoval) as refused:
        accept(shop, "lib1==1.1\n", confirm=False)
    assert (refused.value.removes, refused.value.of) == (29, 30)
    with pytest.raises(LargeRemoval):
        accept(shop, "", confirm=False)
    assert Upload.objects.count() == 1
    accept(shop, "".join(f"lib{number}==1.{number}\n" for number in range(15)), confirm=False)
    # Now the accepted one is the measure, though no worker has seen it.
    accept(shop, "lib1==1.1\n", confirm=False)


def test_a_large_removal_between_the_last_step_and_done() -> None:
    shop = support.service()
    upload = accept(shop, "".join(f"lib{number}==1\n" for number in range(30)))
    while Upload.objects.get(pk=upload.pk).state == UploadState.QUEUED:
        applying._step(upload.pk)
    assert Upload.objects.get(pk=upload.pk).state == UploadState.SAVED
    with pytest.raises(LargeRemoval):
        accept(shop, "lib1==1\n", confirm=False)


def test_a_broken_file_changes_nothing() -> None:
    shop = support.service()
    push(shop, "{}", source="package.json")
    with pytest.raises(ManifestError, match="Line 2"):
        accept(shop, '{"a": 1,\n}', source="package.json")
    assert ServiceSource.objects.get().accepted == Upload.objects.get()


def test_an_archived_service_takes_no_upload() -> None:
    shop = support.service()
    services.delete(shop)
    shop.refresh_from_db()
    with pytest.raises(ServiceArchived):
        accept(shop, "django==3.2\n")
    assert not ServiceSource.objects.exists()


def failing(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Let every step with such a line fail."""
    original = adding.add

    def add_lines(upload: Upload, source: ServiceSource, lines: list[UploadLine]) -> None:
        original(upload, source, lines)
        if any(word in line.as_read for line in lines):
            raise ValueError(word)

    monkeypatch.setattr(adding, "add", add_lines)


def test_a_failed_line_keeps_its_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = support.service()
    push(shop, "django==3.2.25\nnumpy==1.21.1\nflask==2.0\n")
    failing(monkeypatch, "Django")
    upload = push(shop, "django==3.2.1\nnumpy==1.21.2\n")
    assert upload.state == UploadState.DONE
    assert [error["text"] for error in upload.errors] == ["Django 3.2.1"]
    assert used(shop) == {"Django 3.2": ["3.2.25"], "NumPy": ["1.21.2"]}


def test_an_upload_whose_last_step_fails_removes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")

    def fail(*_: Any) -> None:
        raise ValueError("no")

    with monkeypatch.context() as patch:
        patch.setattr(replacing, "replace", fail)
        upload = push(shop, "numpy==1.21\n")
    assert (upload.state, upload.error) == (UploadState.FAILED, "ValueError: no")
    assert set(used(shop)) == {"Django 3.2", "NumPy"}
    # The same file again is a new try.
    assert push(shop, "numpy==1.21\n").state == UploadState.DONE
    assert set(used(shop)) == {"NumPy"}


def test_the_sweep_finishes_an_upload() -> None:
    shop = support.service()
    upload = accept(shop, "django==3.2.25\n")
    Upload.objects.update(publish_again_at=timezone.now())
    assert tasks.sweep() == 1
    assert tasks.sweep() == 0
    tasks.apply_upload(upload.pk)
    upload.refresh_from_db()
    assert upload.state == UploadState.DONE


def test_uploads_do_not_count_as_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 1)
    accept(support.service(), "django==3.2.25\n")
    service.accept(read("", b"Django 3.2"))


def test_a_source_ends() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    upload = uploads.remove(shop, support.SOURCE)
    assert uploads.remove(shop, support.SOURCE) == upload
    work(upload)
    upload.refresh_from_db()
    assert (upload.state, upload.source) == (UploadState.DONE, None)
    assert not ServiceSource.objects.exists()
    assert not Tech.objects.exists()
    assert changes(upload) == [("left", "Django 3.2")]
    with pytest.raises(ServiceSource.DoesNotExist):
        uploads.remove(shop, support.SOURCE)


def test_a_source_that_is_uploaded_again_before_it_ended() -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    removal, again = uploads.remove(shop, support.SOURCE), accept(shop, "django==3.2.25\n")
    for upload in (removal, again):
        work(upload)
    assert listed() == {"Django 3.2": 1}


def test_files_that_are_gone() -> None:
    shop = support.service()
    for number, name in enumerate(("a/go.mod", "b/go.mod", "c/go.mod")):
        file = uploads.File(name, f"module x\n\ngo 1.2{number}\n".encode(), origin="push:.")
        work(uploads.accept(shop, name, file)[0])
    push(shop, "django==3.2.25\n")
    assert len(used(shop)) == 4
    gone = uploads.complete(shop, origin="push:.", names=["a/go.mod", "b/go.mod", "unknown"])
    assert [upload.source_name for upload in gone] == ["c/go.mod"]
    for upload in gone:
        work(upload)
    assert set(used(shop)) == {"Django 3.2", "Go >=1.20", "Go >=1.21"}
    assert uploads.complete(shop, origin="push:.", names=["a/go.mod", "b/go.mod"]) == []
    with pytest.raises(LargeRemoval):
        uploads.complete(shop, origin="push:.", names=[])
    assert len(uploads.complete(shop, origin="push:.", names=[], is_confirmed=True)) == 2


def test_former_uploads_are_deleted_after_a_while(settings: Any) -> None:
    shop = support.service()
    former, current = push(shop, "django==3.2.25\n"), push(shop, "django==5.2.1\n")
    waiting = accept(shop, "django==5.2.2\n")
    Upload.objects.update(created_at=timezone.now() - timedelta(days=settings.KEEP_DAYS + 1))
    tasks.clean_up()
    assert set(Upload.objects.all()) == {current, waiting}
    assert UsageChange.objects.filter(upload=None).count() == 1
    assert former not in Upload.objects.all()
    assert Resolved.objects.get().upload == current


def test_ten_thousand_technologies() -> None:
    with pytest.raises(ManifestError, match="More than 10,000"):
        accept(support.service(), "".join(f"lib{number}\n" for number in range(10_001)))
    assert not Usage.objects.exists()
