"""Imports are processed in batches by the rules of single submissions, but many times faster."""

import json
import math
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import QuerySet
from django.utils import timezone

from techlist.local.processes import wait_until
from techs import tasks
from techs.assessment.assessor import Assessor
from techs.imports import service
from techs.imports.manifests import read
from techs.imports.service import Progress
from techs.inventory import reads
from techs.inventory.queries import ListQuery
from techs.models import Import, LevelChange, Submission, SubmissionState, Tech, TechTag
from techs.rules import matching
from techs.rules.attributes import TechAttributes
from techs.submissions import batches, outbox, processing, saving
from techs.submissions.pace import Pace
from tests.support.factories import add
from tests.support.servers import Server, Valkey

pytestmark = pytest.mark.django_db(transaction=True)


def many(count: int) -> str:
    """Return lines of which every second names a known product."""
    return "\n".join(f"Django 3.{number}" if number % 2 else f"thing {number}" for number in range(count))


def accept(text: str, **options: Any) -> Import:
    return service.accept(read("", text.encode()), **options)


def lines(batch: Import) -> QuerySet[Submission]:
    return batch.submissions.order_by("pk")


def work(batch: Import) -> Progress:
    """Process everything in this process, like a worker."""
    assert batches.process_batch(ids_of(batch), seconds=60) == []
    return Progress.of(batch)


def ids_of(batch: Import) -> list[int]:
    return list(lines(batch).values_list("pk", flat=True))


def drain() -> int:
    length = outbox._queue_length()
    current_app.control.purge()
    return length


@pytest.mark.slow
def test_ten_thousand_lines(celery_worker_process: Server) -> None:
    batch = accept(many(10_000))
    assert wait_until(lambda: Progress.of(batch).state == "done", timeout=60)
    assert Progress.of(batch) == Progress(total=10_000, done=10_000, unchanged=0, failed=0, skipped=0)
    assert Tech.objects.count() == 10_000
    # Each line was processed once.
    assert not Submission.objects.exclude(chunk_attempts=1, attempts=0).exists()


@pytest.mark.slow
@pytest.mark.one_database
def test_a_worker_that_is_killed_in_the_middle(celery_worker_process: Server) -> None:
    batch = accept(many(4_000), attributes=TechAttributes(owner="Team Pay", tags=("pay", "shop")))
    assert wait_until(lambda: 0 < Progress.of(batch).done < 4_000, timeout=60)
    celery_worker_process.kill()
    assert Progress.of(batch).state == "queued"
    make_due()  # instead of waiting for it
    assert wait_until(lambda: tasks.sweep() == 0, timeout=60)
    celery_worker_process.start()
    assert wait_until(lambda: Progress.of(batch).state == "done", timeout=60)
    assert Progress.of(batch).done == Tech.objects.count() == 4_000
    assert not LevelChange.objects.exists()  # nothing was treated as if it had been listed before
    assert Tech.objects.filter(owner_key="team pay", tag_rows__tag="pay").count() == 4_000
    assert TechTag.objects.count() == 8_000


def make_due() -> None:
    Submission.objects.update(publish_again_at=timezone.now())


@pytest.mark.parametrize(("seconds_a_line", "size"), [(0.0001, 500), (0.01, 50), (1.0, 25)])
def test_batches_adapt_to_the_time_that_they_take(
    monkeypatch: pytest.MonkeyPatch, seconds_a_line: float, size: int
) -> None:
    """However slow the machine is, others wait no longer than wanted for the rows of a batch."""
    now = 0.0
    sizes = []

    def save(ids: list[int]) -> None:
        nonlocal now
        now += seconds_a_line * len(ids)
        sizes.append(len(ids))
        Submission.objects.filter(pk__in=ids).update(state=SubmissionState.SAVED)

    monkeypatch.setattr(batches, "time", SimpleNamespace(monotonic=lambda: now, sleep=lambda _: None))
    monkeypatch.setattr(saving, "save", save)
    pace = Pace(seconds=0.5, least=25, most=500, size=100)
    monkeypatch.setattr(batches, "pace", lambda: pace)
    ids = ids_of(accept(many(3_000)))
    for first in range(0, 3_000, 500):
        assert batches.process_batch(ids[first : first + 500], seconds=math.inf) == []
    assert sizes[0] == 100
    assert sizes[-1] == pace.size == size
    assert all(after <= 2 * before for before, after in pairwise(sizes))
    assert set(Submission.objects.values_list("chunk_attempts", flat=True)) == {1}


def test_a_failed_batch_also_shows_its_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ended at the time limit must not be as large the next time."""
    now = 0.0

    def save(_: list[int]) -> None:
        nonlocal now
        now += 15.0
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(batches, "time", SimpleNamespace(monotonic=lambda: now, sleep=lambda _: None))
    monkeypatch.setattr(saving, "save", save)
    pace = Pace(seconds=0.5, least=25, most=500, size=300)
    monkeypatch.setattr(batches, "pace", lambda: pace)
    batches.process_batch(ids_of(accept(many(300))), seconds=10)
    assert pace.size == 25
    assert set(Submission.objects.values_list("chunk_attempts", flat=True)) == {1}


def test_one_message_for_many_lines() -> None:
    batch = accept("\n".join(f"thing {number}" for number in range(1200)))
    assert batch.total == 1200
    assert drain() == 3


def test_messages_of_imports_wait_by_themselves_and_count(settings: Any) -> None:
    accept("\n".join(f"thing {number}" for number in range(1200)))
    outbox.accept(text="Django 3.2")
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        lengths = {name: channel.queue_declare(name, passive=True).message_count for name in ("celery", "imports")}
    assert lengths == {"celery": 1, "imports": 3}
    make_due()
    settings.SWEEP_QUEUE_LIMIT = 3
    assert tasks.sweep() == 0


@pytest.mark.slow
@pytest.mark.one_database
def test_a_single_submission_does_not_wait_for_an_import(celery_worker_process: Server) -> None:
    """Not measured in time, which depends on the machine: it is done while most of the import is still waiting."""
    batch = accept(many(10_000))
    assert wait_until(lambda: Progress.of(batch).done > 0, timeout=60)
    submission = outbox.accept(text="Node.js 20")
    assert wait_until(lambda: Submission.objects.get(pk=submission.pk).state == SubmissionState.DONE, timeout=60)
    assert Progress.of(batch).done < 10_000 / 2
    assert wait_until(lambda: Progress.of(batch).state == "done", timeout=60)


def test_the_sweep_publishes_chunks() -> None:
    accept("\n".join(f"thing {number}" for number in range(40)))
    outbox.accept(text="Django 3.2")
    drain()
    make_due()
    assert tasks.sweep() == 41
    assert drain() == 2


def test_the_sweep_leaves_lines_that_wait_for_those_before_them() -> None:
    batch = accept("\n".join(f"thing {number}" for number in range(1200)))
    first, last = lines(batch)[0], lines(batch)[1199]
    assert (last.publish_again_at - first.publish_again_at).total_seconds() == 11


def test_lines_are_as_single_submissions_make_them() -> None:
    text = "Django 3.2\nNode.js 20\nno such thing 1\nDebian 12"
    work(accept(text))
    together = {tech.name: told(tech) for tech in Tech.objects.all()}
    Tech.objects.all().delete()
    for line in text.split("\n"):
        add(line)
    assert together == {tech.name: told(tech) for tech in Tech.objects.all()}


def told(tech: Tech) -> dict[str, Any]:
    moments = {"level_since", "submitted_at", "assessed_at"}
    fields = [field.name for field in Tech._meta.fields if field.name not in {"id", "last_submission", *moments}]
    return {field: getattr(tech, field) for field in fields}


def test_what_the_list_has_is_kept_and_counted_as_unchanged() -> None:
    add("Django 3.2", impact="critical")
    tech = Tech.objects.get()
    progress = work(accept("Django 3.2\nNode.js 20"))
    assert progress == Progress(total=2, done=2, unchanged=1, failed=0, skipped=0)
    again = Tech.objects.get(pk=tech.pk)
    assert told(again) == told(tech)
    assert again.last_submission > tech.last_submission


def test_another_spelling_is_a_change() -> None:
    add("debian 12")
    assert work(accept("Debian 12")).unchanged == 0
    assert Tech.objects.get().name == "Debian 12"


def test_a_change_of_level_is_told() -> None:
    add("Django 3.2")
    Tech.objects.update(level="low", basis="another day")
    work(accept("Django 3.2\nNode.js 20"))
    change = LevelChange.objects.get()
    assert (change.tech, change.from_level, change.to_level) == (Tech.objects.get(name="Django 3.2"), "low", "critical")


def test_a_later_submission_wins() -> None:
    batch = accept("debian 12\nNode.js 20")
    add("Debian 12", impact="high")
    work(batch)
    tech = Tech.objects.get(name_key="debian 12")
    assert (tech.name, tech.impact) == ("Debian 12", "high")


def test_two_imports_in_one_message() -> None:
    """The sweep mixes them; for one text, the later line wins."""
    first, second = accept("debian 12\nNode.js 20"), accept("DEBIAN 12")
    assert batches.process_batch([*ids_of(second), *ids_of(first)], seconds=60) == []
    assert Tech.objects.get(name_key="debian 12").name == "DEBIAN 12"
    assert {Progress.of(batch).state for batch in (first, second)} == {"done"}


def test_twice_is_once() -> None:
    batch = accept("Django 3.2\nNode.js 20")
    work(batch)
    before = list(Tech.objects.values())
    work(batch)
    assert list(Tech.objects.values()) == before
    assert set(lines(batch).values_list("chunk_attempts", flat=True)) == {1}


@pytest.mark.parametrize("number", [0, 29, 59])
def test_a_bad_line_harms_only_itself(monkeypatch: pytest.MonkeyPatch, settings: Any, number: int) -> None:
    settings.MAX_ATTEMPTS = 2
    judge = Assessor.assess

    def judged(self: Assessor, tech: Tech) -> LevelChange | None:
        if tech.name == f"thing {number}":
            raise ZeroDivisionError("no such luck")
        return judge(self, tech)

    monkeypatch.setattr(Assessor, "assess", judged)
    batch = accept("\n".join(f"thing {number}" for number in range(60)))
    assert work(batch).done == 59
    progress = work(batch)  # the sweep's next message
    assert (progress.done, progress.failed, progress.state) == (59, 1, "done")
    (error,) = service.errors(batch)
    assert error == {"line": number + 1, "text": f"thing {number}", "error": "ZeroDivisionError: no such luck"}
    assert Tech.objects.count() == 59


def test_a_line_that_kills_its_worker_is_stopped_alone(settings: Any) -> None:
    """Attempts are counted before the work: first for all lines, then for some, and finally for a single one."""
    settings.MAX_ATTEMPTS = 2
    batch = accept("Django 3.2\nNode.js 20\nDebian 12")
    killer = lines(batch)[1]
    lines(batch).update(chunk_attempts=2)  # it died twice
    for _ in range(2):  # and twice with this line alone
        processing._begin_attempt(killer.uuid)
    assert work(batch) == Progress(total=3, done=2, unchanged=0, failed=1, skipped=0)


def test_what_is_left_when_the_time_is_over_goes_on_later() -> None:
    batch = accept("\n".join(f"thing {number}" for number in range(1200)))
    left = batches.process_batch(ids_of(batch), seconds=0)
    assert 0 < len(left) <= 1200
    assert work(batch).done == 1200


def test_without_the_cache_lines_are_saved_but_not_done(redis_cache: Valkey) -> None:
    batch = accept("Django 3.2\nNode.js 20")
    redis_cache.kill()
    for _ in range(3):
        assert work(batch).finished == 0
    assert set(lines(batch).values_list("state", "chunk_attempts")) == {(SubmissionState.SAVED, 0)}
    redis_cache.start()
    assert work(batch).done == 2


def test_the_list_is_forgotten_before_done(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = accept("Django 3.2\nNode.js 20")
    seen = []

    def finish(*_: Any) -> None:
        page, is_cached = reads.read_page(ListQuery())
        seen.append((is_cached, len(json.loads(page.data)), Progress.of(batch).done))

    reads.read_page(ListQuery())
    monkeypatch.setattr(batches, "_finish", finish)
    work(batch)
    assert seen[0] == (False, 2, 0)


def test_a_batch_takes_few_statements(django_assert_max_num_queries: Any) -> None:
    """The number is the same for any batch: not one for each line, whatever it does."""
    work(accept("Python 3.8"))
    for text in (many(20), many(80)):
        batch = accept(text, attributes=TechAttributes(owner="Web", tags=("shop",)))
        with django_assert_max_num_queries(40):
            work(batch)


def test_lines_that_change_nothing_are_not_assessed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    find = matching.find

    def note(text: str, *args: Any, **options: Any) -> Any:
        texts.append(text)
        return find(text, *args, **options)

    monkeypatch.setattr(matching, "find", note)
    work(accept("Django 3.2\nNode.js 20\nthing 5"))
    before = rows()
    assert len(texts) == 3
    assert work(accept("Django 3.2\nNode.js 20\nthing 5")).unchanged == 3
    assert len(texts) == 3
    assert rows() == before
    work(accept("Django 3.2\nNode.js 20", attributes=TechAttributes(impact="high")))
    assert texts[3:] == ["Django 3.2", "Node.js 20"]


def test_lines_are_assessed_again_with_newer_data_or_on_another_day() -> None:
    work(accept("Django 3.2"))
    stale = {"level": "low", "basis": "another day"}
    Tech.objects.update(**stale)
    work(accept("Django 3.2"))
    assert Tech.objects.get().level == "critical"
    assert Tech.objects.get().basis == Assessor.current().basis


def rows() -> list[dict[str, Any]]:
    moved = {"submitted_at", "last_submission", "assessed_at"}
    return [{name: value for name, value in row.items() if name not in moved} for row in Tech.objects.values()]
