"""The stored counts of the list are always those of its technologies."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import StringIO
from random import Random
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, models
from django.db.models import F, signals
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techs import bulk, cache, periodic, tasks
from techs.inventory import counts, editing, undo
from techs.inventory.counts import stored
from techs.inventory.queries import ListQuery
from techs.inventory.selection import select
from techs.models import ListCount, PeriodicRun, Tech
from techs.models.counts import LEVEL, OWNER, CountedModel, CountedQuerySet, Place, note_deleted
from tests.support import uploads as support
from tests.support.activity import newest_action
from tests.support.counts import check_counts
from tests.support.factories import add, submit
from tests.support.history import REFUSALS, History
from tests.support.migrating import Killed, migrate

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = 25


def raw(query: str, *params: Any) -> None:
    """Write as an older version does."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)


@pytest.mark.parametrize("seed", range(2))
def test_counts_follow_every_write(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(seed)  # noqa: S311  a history, no secret
    history, done = History(random, monkeypatch), []
    for _ in range(STEPS):
        done.append(history.step())
        check_counts()
        if random.random() < 0.2:
            counts.fold(seconds=60)
            check_counts()
    assert counts.check() == {}, done


@pytest.mark.parametrize("seed", range(2))
def test_kills_lose_no_count(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(seed)  # noqa: S311
    history = History(random, monkeypatch)
    for _ in range(STEPS):
        write = random.choice([history.edit, history.rename, history.remove, history.submit, history.undo, fold])
        killing_after(random.randrange(40), write)
        check_counts()


def fold() -> None:
    counts.fold(seconds=60)


def killing_after(statements: int, write: Callable[[], Any]) -> None:
    left = statements

    def execute(run: Any, *args: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed
        return run(*args)

    try:
        with connection.execute_wrapper(execute):
            write()
    except (Killed, *REFUSALS):
        pass


PATHS = (
    (CountedModel, "save", models.Model.save),
    (CountedQuerySet, "bulk_create", models.QuerySet.bulk_create),
    (CountedQuerySet, "insert", lambda _, rows, **options: bulk.insert(rows, **options)),
    (CountedQuerySet, "update_each", lambda _, rows, fields, **options: bulk.update_each(rows, fields, **options)),
    (signals, "pre_delete", None),
)


@pytest.mark.parametrize(("place", "name", "plain"), PATHS, ids=[name for _, name, _ in PATHS])
def test_a_writer_that_forgets_counts_is_found(
    place: Any, name: str, plain: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if plain:
        monkeypatch.setattr(place, name, plain)
    else:
        signals.pre_delete.disconnect(note_deleted, sender=Tech)
        request.addfinalizer(lambda: signals.pre_delete.connect(note_deleted, sender=Tech))
    history = History(Random(0), monkeypatch)  # noqa: S311
    assert any(history.step() and stored() != counts.recount() for _ in range(5 * STEPS))


def test_each_way_to_write() -> None:
    """Ways that no part of Techlist uses count, too."""
    row = add("Django 3.2", owner="Web", tags=["shop"])
    Tech.objects.filter(level="critical").update(level="low", owner="", owner_key="")
    check_counts()
    row.refresh_from_db()
    row.level = "critical"
    row.save()
    check_counts()
    row.level = "high"
    row.save(update_fields=["score"])
    check_counts()
    row.save(update_fields=["level"])
    check_counts()
    unread = Tech.objects.only("pk").get()
    unread.level = "medium"
    unread.save()
    check_counts()
    row.pk, row.name_key, row.tags = None, "other", []
    row.save(force_insert=True)
    check_counts()
    Tech.objects.only("pk").get(pk=row.pk).delete()
    check_counts()
    Tech.objects.all().delete()
    check_counts()
    assert not +stored()


def test_writes_cost_one_statement() -> None:
    row = add("Django 3.2", owner="Web")
    for write in (
        lambda: editing.edit(row, owner="Shop", tags=["web"], level_override="", note="x"),
        lambda: submit("Postgres 14", owner="Web"),
        lambda: editing.edit(row, text="Django 5.2"),
        lambda: editing.remove(row),
        lambda: undo.undo(newest_action()),
    ):
        with CaptureQueriesContext(connection) as queries:
            write()
        assert len([query for query in queries if "techs_listcount" in query["sql"]]) == 1
        assert not [query for query in queries if "SAVEPOINT" in query["sql"]]


def test_a_change_of_something_else_writes_no_count() -> None:
    row = add("Django 3.2", owner="Web")
    with CaptureQueriesContext(connection) as queries:
        editing.edit(row, note="x")
    assert not [query for query in queries if "techs_listcount" in query["sql"]]


def test_folding_leaves_one_row_of_each_place() -> None:
    for number in range(3):
        add(f"Django 3.2.{number}", owner="Web", tags=["shop"])
    editing.remove(add("Postgres 14", owner="Shop"))
    before = +stored()
    counts.fold(seconds=60)
    assert +stored() == before
    assert ListCount.objects.count() == len(before) == 6


@pytest.mark.usefixtures("mysql")
def test_two_processes_fold_the_same_rows() -> None:
    """The other one is faster: it folds the rows between the first one's read and delete."""
    for number in range(3):
        add(f"Django 3.2.{number}")
    others: list[Thread] = []

    def execute(run: Any, sql: str, *args: Any) -> Any:
        if sql.startswith("DELETE") and not others:
            others.append(beside(fold))
        return run(sql, *args)

    with connection.execute_wrapper(execute):
        fold()
    assert others
    check_counts()
    fold()
    assert ListCount.objects.count() == len(+stored())


def beside(work: Callable[[], Any]) -> Thread:
    """Run work in another thread, which has its own connection."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return thread


def test_writers_and_housekeeping_at_once() -> None:
    rows = [add(f"Django 3.2.{number}", owner="Web", tags=["shop"]) for number in range(4)]

    def write(row: Tech) -> None:
        for number in range(8):
            editing.edit(row, owner=f"Team {number % 3}", tags=["web"] if number % 2 else ["shop"])

    def keep() -> None:
        for _ in range(8):
            fold()
            counts.check()

    try:
        with ThreadPoolExecutor() as pool:
            done = [pool.submit(closing, write, row) for row in rows] + [pool.submit(closing, keep) for _ in range(2)]
        assert [each.result() for each in done] == [None] * 6
    finally:
        connection.close()
    check_counts()
    assert counts.check() == {}, "nothing was corrected twice"


def closing(work: Callable[..., None], *args: Any) -> None:
    try:
        work(*args)
    finally:
        connection.close()


def test_an_older_version_counts_nothing(caplog: pytest.LogCaptureFixture) -> None:
    add("Django 3.2", owner="Web", tags=["shop"])
    add("Postgres 14")
    raw("UPDATE techs_tech SET owner = 'Shop', owner_key = 'shop' WHERE name = 'Django 3.2'")
    raw("UPDATE techs_tech SET level = 'low', end_of_life = NULL WHERE name = 'Postgres 14'")
    wrong = counts.check()
    assert wrong is not None
    assert (wrong[Place(OWNER, "tracked", "web", "Web")], wrong[Place(OWNER, "tracked", "shop", "Shop")]) == (-1, 1)
    assert wrong[Place(LEVEL, "tracked", "high")] == -1
    assert re.search("Corrected 9 counts of the list, such as end 20..-..-.. -1", caplog.text)
    check_counts()
    assert counts.check() == {}


def test_no_count_is_negative(client: Client) -> None:
    tech = add("Django 3.2", owner="Web", tags=["shop"])
    ListCount.objects.all().delete()  # as if an older version had added the row
    editing.remove(tech)
    for query in ("", "?owner=web", "?tag=shop"):
        assert client.get(f"/api/techs/{query}").json()["count"] == 0
    assert (counts.levels(), counts.libraries(), counts.days((), (None, date.max))) == ({}, 0, [])


def test_two_checks_at_once_correct_once(monkeypatch: pytest.MonkeyPatch) -> None:
    add("Django 3.2")
    ListCount.objects.all().delete()
    recount = counts.recount

    def slow() -> Any:
        found = recount()
        monkeypatch.undo()
        beside(counts.check)
        return found

    monkeypatch.setattr(counts, "recount", slow)
    assert counts.check() is None
    check_counts()


def test_correction_shows_at_once(client: Client) -> None:
    add("Django 3.2")
    ListCount.objects.all().delete()
    cache.invalidate()
    assert client.get("/api/techs/").json()["count"] == 0
    assert counts.check()
    assert client.get("/api/techs/").json()["count"] == 1


def test_task_checks_once_in_a_while() -> None:
    add("Django 3.2")
    for expected in (True, False):
        ListCount.objects.all().delete()
        tasks.count()
        assert ListCount.objects.exists() == expected
    PeriodicRun.objects.filter(name=periodic.COUNTS).update(started_at=timezone.now() - counts.CHECK_EVERY)
    tasks.count()
    check_counts()


@pytest.mark.parametrize(("failures", "wait"), [(1, 30), (2, 60), (4, 240), (6, 600), (40, 600)])
def test_a_check_that_failed_is_repeated_soon(monkeypatch: pytest.MonkeyPatch, failures: int, wait: float) -> None:
    """After an outage, nobody waits ten minutes for right counts, and a check that always fails costs little."""
    checks: list[None] = []
    monkeypatch.setattr(counts, "check", lambda: checks.append(None))
    run = PeriodicRun.objects.filter(name=periodic.COUNTS)
    PeriodicRun.objects.get_or_create(name=periodic.COUNTS)
    for seconds, expected in ((wait - 5, 0), (wait + 5, 1)):
        run.update(started_at=timezone.now() - timedelta(seconds=seconds), attempts=failures)
        counts.keep(seconds=5)
        assert len(checks) == expected


def test_after_an_outage_the_next_check_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(counts, "recount", failing)
        with pytest.raises(OperationalError):
            counts.keep(seconds=5)
    run = PeriodicRun.objects.filter(name=periodic.COUNTS)
    assert run.values_list("attempts", "finished_at").get() == (1, None)
    run.update(started_at=F("started_at") - timedelta(seconds=31))
    counts.keep(seconds=5)
    assert run.values_list("attempts", flat=True).get() == 0
    assert periodic.last_finished(periodic.COUNTS)


def failing() -> Any:
    raise OperationalError


def test_command() -> None:
    add("Django 3.2")
    assert _checked() == "All counts are right.\n"
    ListCount.objects.filter(dimension=LEVEL).delete()
    assert _checked() == "level critical (tracked): corrected by +1\n"
    assert _checked() == "All counts are right.\n"


def _checked() -> str:
    output = StringIO()
    call_command("check_counts", stdout=output)
    return output.getvalue()


def test_rows_of_several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "_ROWS_AT_ONCE", 2)
    for number in range(5):
        add(f"Django 3.2.{number}", tags=["shop", "web"])
    assert counts.recount()[Place(LEVEL, "tracked", "critical")] == 5
    check_counts()


QUERIES: tuple[dict[str, Any], ...] = (
    *({}, {"priority": ("critical",)}, {"priority": ("critical", "low")}, {"tag": ("shop",)}, {"tag": ("shop", "web")}),
    *({"owner": ("web",)}, {"owner": ("web", "shop")}, {"owner": ("pay",)}, {"owner": ("nobody",)}),
    *({"service": ("shop",)}, {"service": ("shop", "pay")}, {"q": "django"}, {"q": "django", "tag": ("shop",)}),
)


@pytest.mark.parametrize("include", ["tracked", "all"])
def test_lists_have_their_counts(include: str) -> None:
    shop, pay = support.service(), support.service("Pay")
    support.change(pay, owner="Pay")
    support.push(shop, "django==3.2.25\nlib1==1\n")
    support.push(pay, "django==3.2.25\nnumpy==1.21.6\nlib1==1\n")
    for number in range(3):
        add(f"Django 3.2.{number}", owner=["Web", "WEB", "Shop"][number], tags=["shop", "web"][:number])
    add("Postgres 14", owner="Pay", tags=["web"])
    for params in QUERIES:
        page = select(ListQuery(include=include, **params))
        assert (page.count, page.is_count_lower_bound) == (len(page.rows), False), params


def test_the_migration_counts_the_list() -> None:
    for number in range(3):
        add(f"Django 3.2.{number}", owner="Web", tags=["shop"])
    add("numpy==1.21.6", owner="web")
    for _ in range(2):  # an interrupted migration is repeated
        migrate("techs", "0031_services_of_lines")
        migrate()
        check_counts()
    assert counts.levels() == {"critical": 3, "unknown": 1}
