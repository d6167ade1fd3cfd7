"""Imports from acceptance until they are deleted, and their preview."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from techs.exceptions import TooManyImports
from techs.imports import service
from techs.imports.manifests import read
from techs.imports.service import Progress
from techs.models import Import, Submission, Tech
from techs.submissions import expiry
from tests.imports.test_batches import accept, work
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


def test_skipped_lines_are_counted_with_their_reasons() -> None:
    batch = accept("# a stack\nDjango 3.2\n---\ndjango  3.2\n")
    assert (batch.total, batch.skipped) == (1, 2)
    assert [row["line"] for row in batch.skipped_rows] == [3, 4]


def test_what_is_left_out_counts_as_skipped() -> None:
    batch = service.accept(read("", b"Django 3.2\nno such thing 1").without({1: "Not wanted."}))
    assert (batch.total, batch.skipped) == (1, 1)
    assert batch.skipped_rows == [{"line": 2, "text": "no such thing 1", "error": "Not wanted."}]


def test_a_preview_stores_nothing_and_says_what_the_worker_will() -> None:
    add("Django 3.2", impact="critical")
    before = list(Tech.objects.values())
    manifest = read("", b"Django 3.2\nNode.js 20\nno such thing 1")
    shown = {line.entry.text: (line.tech.level, line.tech.score, line.is_listed) for line in service.preview(manifest)}
    assert list(Tech.objects.values()) == before
    assert not Import.objects.exists()
    work(service.accept(manifest))
    levels = {tech.name: (tech.level, tech.score, tech.name == "Django 3.2") for tech in Tech.objects.all()}
    assert shown == levels


def test_the_same_uuid_is_the_same_import() -> None:
    batch = accept("Django 3.2")
    assert accept("Django 3.2", uuid=batch.uuid) == batch
    assert Submission.objects.count() == 1


def test_there_are_not_too_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 1)
    batch = accept("Django 3.2")
    with pytest.raises(TooManyImports):
        accept("Node.js 20")
    assert Submission.objects.count() == 1
    work(batch)
    assert accept("Node.js 20").total == 1


def test_old_imports_go_with_their_lines(settings: Any) -> None:
    batch = accept("Django 3.2")
    work(batch)
    expiry.delete_old(seconds=5)
    assert Import.objects.exists()
    long_ago = timezone.now() - timedelta(days=settings.KEEP_DAYS + 1)
    Import.objects.update(created_at=long_ago)
    Submission.objects.update(finished_at=long_ago, publish_again_at=long_ago)
    expiry.delete_old(seconds=5)
    assert not Import.objects.exists()
    assert Tech.objects.exists()


def test_an_import_stays_finished_when_some_of_its_lines_are_deleted(settings: Any) -> None:
    batch = accept("Django 3.2\nReact 18")
    work(batch)
    long_ago = timezone.now() - timedelta(days=settings.KEEP_DAYS + 1)
    Submission.objects.filter(text="React 18").update(finished_at=long_ago, publish_again_at=long_ago)
    expiry.delete_old(seconds=5)
    progress = Progress.of(batch)
    assert (batch.submissions.count(), progress.state, progress.finished) == (1, "done", 2)
