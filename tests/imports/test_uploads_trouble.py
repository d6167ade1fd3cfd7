"""Uploads that are refused, fail or end a source, and those that a worker did not finish."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from techlist.local.processes import wait_until
from techs import tasks
from techs.exceptions import LargeRemoval, ServiceArchived
from techs.imports import adding, applying, replacing, service, upload_results, uploads
from techs.imports.manifests import ManifestError, read
from techs.inventory import services
from techs.models import (
    Resolved,
    ServiceSource,
    Tech,
    Upload,
    UploadLine,
    UploadState,
    Usage,
    UsageChange,
)
from techs.rules.catalogue import ProductCatalogue
from techs.rules.products import Match
from tests.support import uploads as support
from tests.support.uploads import accept, changed, listed, push, used, work

pytestmark = pytest.mark.django_db(transaction=True)


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

    def is_done() -> bool:
        tasks.apply_upload(upload.pk)  # for a second, which a busy machine may exceed
        upload.refresh_from_db()
        return upload.state == UploadState.DONE

    assert wait_until(is_done, timeout=60)


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
    assert changed(upload) == [("left", "Django 3.2")]
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


def test_former_uploads_are_deleted_behind_many_current_ones(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_PURGE_CHUNK", 2)
    shop = support.service()
    current = [push(shop, "django==5.2.1\n", f"{folder}/requirements.txt") for folder in ("a", "b")]
    push(shop, "django==3.2.25\n")
    current.append(push(shop, "django==5.2.1\n"))
    Upload.objects.update(created_at=timezone.now() - timedelta(days=settings.KEEP_DAYS + 1))
    tasks.clean_up()
    assert set(Upload.objects.all()) == set(current)


def test_ten_thousand_technologies() -> None:
    with pytest.raises(ManifestError, match="More than 10,000"):
        accept(support.service(), "".join(f"lib{number}\n" for number in range(10_001)))
    assert not Usage.objects.exists()


def test_a_preview_matches_each_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suggestions for thousands of unknown names take seconds."""
    find, texts = ProductCatalogue.find, list[str]()

    def noted(self: ProductCatalogue, text: str) -> Match:
        texts.append(text)
        return find(self, text)

    monkeypatch.setattr(ProductCatalogue, "find", noted)
    lines = [*(f"unknown product {number}" for number in range(50)), "Django 3.2", "NumPy 1.21.5", "Django 9.9"]
    file = uploads.File("list.txt", "\n".join(lines).encode())
    result = upload_results.of_dry_run(support.service(), "list.txt", file)
    assert result["total"] == len(result["added"]) == len(lines)
    assert sorted(texts) == sorted({*texts})
    assert len(texts) <= len(lines) + 5  # and other spellings of known products
    assert {row["priority"] for row in result["added"]} == {"critical", "unknown"}
