"""Workers save neighbouring batches of an import at the same time, and none waits for another's rows."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, transaction

from techs.imports import service
from techs.imports.manifests import read
from techs.models import Submission, SubmissionState
from techs.submissions import batches, saving

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time."),
]

# Of a short table, the database would read all rows.
LINES, OWN = 1_000, 50


@pytest.fixture
def neighbours() -> Iterator[tuple[list[int], list[int]]]:
    """The first lines of an import, and the next ones, which another worker has locked. This one waits for a second."""
    batch = service.accept(read("", "\n".join(f"thing {number}" for number in range(LINES)).encode()))
    ids = list(batch.submissions.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")
    with locked_by_another_worker(ids[OWN : 2 * OWN]):
        yield ids[:OWN], ids[OWN : 2 * OWN]
    connection.close()


@contextmanager
def locked_by_another_worker(ids: list[int]) -> Iterator[None]:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM techs_submission WHERE id IN %s FOR UPDATE", [ids])
            yield
            cursor.execute("ROLLBACK")
    finally:
        other.close()


def test_a_batch_does_not_wait_for_its_neighbour(neighbours: tuple[list[int], list[int]]) -> None:
    own, others = neighbours
    assert batches.process_batch(own, seconds=60) == []
    done = Submission.objects.filter(state=SubmissionState.DONE).values_list("pk", flat=True)
    assert sorted(done) == own
    assert set(Submission.objects.filter(pk__in=others).values_list("state", flat=True)) == {SubmissionState.QUEUED}


def test_a_range_of_keys_would_wait(neighbours: tuple[list[int], list[int]]) -> None:
    """The control: MariaDB also locks the row behind a range."""
    own, _ = neighbours
    if not getattr(connection, "mysql_is_mariadb", False):
        pytest.skip("MySQL does not.")
    queued = saving.having(SubmissionState.QUEUED)
    with pytest.raises(OperationalError, match="1205"), transaction.atomic():
        list(Submission.objects.select_for_update().filter(queued, pk__gte=own[0], pk__lte=own[-1]).order_by("pk"))
