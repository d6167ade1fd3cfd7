"""No question about a long list reads or sorts more than a small part of it, however it is filtered and ordered."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import chain, product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from techlist.migrating import migrating
from techs.inventory import counts, paging, selection
from techs.inventory.conditions import Condition
from techs.inventory.ordered import Place
from techs.inventory.outlook import matching
from techs.inventory.paging import Part
from techs.inventory.queries import ALL, INCLUDES, ORDERINGS, ListQuery
from techs.models import Service, ServiceSource, Tech, TechOwner, TechTag, TechWord, Usage
from techs.rules.kinds import Kind
from techs.rules.levels import Level

pytestmark = pytest.mark.django_db(transaction=True)

_ROWS = 6_000
# Rows read or sorted by a question, with those that it counts and passes by in the indexes of two kinds. Most are
# entries of an index, which take a tenth of the time of a row. To test all rows takes at least twice their number.
_MOST_READ = 5_000
# Small enough that a walk past 300 rows finds it for any condition that holds for more than 200 of all rows.
_PAGE = 8

FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"owner": ("rare",)},
    {"owner": ("frequent",)},
    {"owner": ("frequent", "rare")},
    {"owner": ("through",)},
    {"owner": ("none",)},
    {"owner": ("none", "rare")},
    {"owner": ("none",), "tag": ("rare",)},
    {"tag": ("rare",)},
    {"tag": ("frequent",)},
    {"tag": ("frequent", "rare")},
    {"service": ("shop",)},
    {"tag": ("frequent",), "owner": ("frequent",)},
    {"tag": ("frequent",), "owner": ("rare",)},
    {"q": "thing"},
    {"q": "rare"},
    {"q": "nothing"},
    {"q": "thing", "tag": ("rare",)},
    {"q": "thing", "owner": ("frequent",)},
    {"q": "thing frequent"},
    {"q": "frequent rare"},
    {"q": "left right"},
    {"q": "left", "tag": ("rare",), "owner": ("rare",)},
    {"tag": ("rare",), "owner": ("rare",)},
    {"product": ("rare",)},
    {"product": ("frequent",)},
    {"product": ("frequent", "rare"), "tag": ("frequent",)},
    {"ends_to": "2026-01-04"},
    {"ends_from": "2026-03-01", "ends_to": "2026-03-31"},
    {"ends_from": "2026-05-01"},
    {"ends_from": "2026-05-01", "tag": ("frequent",)},
    {"ends_from": "2026-03-01", "ends_to": "2026-03-31", "owner": ("rare",)},
    {"accepted": "true"},
    {"accepted": "false"},
    {"accepted": "false", "tag": ("frequent",)},
)
ORDERS = ("priority", "-priority", "name", "-submitted_at", "end_of_life")
# Their indexes leave out the level.
NEWER_ORDERS = ("-services", "owner", "-product")
LISTS: tuple[dict[str, Any], ...] = (
    {},
    {"include": ALL},
    {"priority": ("critical", "low")},
    {"include": ALL, "priority": ("high",)},
)


@pytest.fixture
def long_list(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fill the list, and let a few hundred rows count as many."""
    for name, value in {
        "RARE": 200,
        "FEW": 20,
        "COLLECTED": 400,
        "SORTED": 200,
        "LONGEST_WALK": 300,
        "WALK": 150,
    }.items():
        monkeypatch.setattr(paging, name, value)
    techs = [_tech(number) for number in range(1, _ROWS + 1)]
    Tech.objects.bulk_create(techs, batch_size=500)
    tags = [TechTag(tech=tech, tag=tag) for tech in techs for tag in tech.tags]
    TechTag.objects.bulk_create(tags, batch_size=1000)
    words = [TechWord(tech=tech, word=word) for tech in techs for word in _words(tech)]
    TechWord.objects.bulk_create(words, batch_size=1000)
    TechOwner.objects.bulk_create([TechOwner(tech_id=pk * 70, owner_key="through") for pk in range(1, 80)])
    shop = Service.objects.create(slug="shop", name="Shop", name_key="shop")
    source = ServiceSource.objects.create(service=shop, name="a.txt", origin="a")
    usages = [Usage(service=shop, source=source, tech_id=pk * 60, key=str(pk), name=str(pk)) for pk in range(1, 90)]
    Usage.objects.bulk_create(usages)
    if connection.vendor == "mysql":
        tables = ("techs_techtag", "techs_techowner", "techs_techword", "techs_usage", "techs_tech")
        _execute(f"ANALYZE TABLE {', '.join(tables)}")
        yield
        # To delete so many rows may take longer than a statement of the program may.
        with migrating(connection):
            for table in tables:
                _execute(f"DELETE FROM {table}")  # noqa: S608
        return
    _execute("ANALYZE")
    yield
    # The statistics would outlive the rows, and decide the plans of other tests.
    _execute("DELETE FROM sqlite_stat1")
    _execute("ANALYZE sqlite_schema")


def _words(tech: Tech) -> Iterator[str]:
    """Yield the words of a row. The first of the list in any order do not have two in common."""
    is_word = {"thing": tech.pk // 4 % 2, "frequent": tech.pk // 2 % 2, "rare": tech.pk % 40 == 0 and tech.pk < 3_600}
    yield from (word for word, is_one in is_word.items() if is_one)
    yield "left" if tech.pk % 2 else "right"


def _tech(number: int) -> Tech:
    level = list(Level)[number % 5]
    is_library = level is Level.UNKNOWN and number % 3 > 0
    # The worse the level, the earlier the end, as in real lists.
    end = date(2026, 1, 1) + timedelta(days=number % 60 + 40 * list(Level).index(level)) if number % 2 else None
    score, name = 95 - 20 * list(Level).index(level), f"thing {number * 7919 % _ROWS}"
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number * 31 % 1000)
    return Tech(
        pk=number,
        name=name,
        name_key=name,
        rank=Tech.rank_of(score=score, name_key=name, end=end, is_library=is_library),
        kind=Kind.LIBRARY if is_library else Kind.TRACKED,
        words_key="x",
        tags=[*(["frequent"] if number % 3 else []), *(["rare"] if number % 50 == 0 and number < 5_000 else [])],
        product="" if is_library else "rare" if number % 90 == 1 else "frequent" if number // 16 % 2 else "",
        services=number * 3 % 7,
        level_override="low" if number % 50 == 7 else "",
        override_review_on=date.max if number % 50 == 7 else None,
        owner="x",
        owner_key="rare" if number % 100 == 1 else "frequent" if number // 8 % 2 else "",
        level=level.value,
        score=score,
        computed_level=level.value,
        computed_score=score,
        level_since=at,
        reasons=[],
        end_of_life=end,
        submitted_at=at,
        assessed_at=at,
        basis="x",
    )


def _questions() -> Iterator[tuple[str, ListQuery]]:
    filtered = [{**chosen, **filters} for chosen, filters in product(LISTS, FILTERS)]
    by_level = [{**LISTS[-1], **filters} for filters in FILTERS]
    lists: list[dict[str, Any]] = [{}, {"include": ALL}, {"kind": ("library",)}]
    asked = (product(filtered, ORDERS), product([*FILTERS, *by_level], NEWER_ORDERS), product(lists, ORDERINGS))
    for filters, ordering in chain(*asked):
        yield f"{filters} {ordering}", ListQuery(ordering=ordering, page_size=_PAGE, **filters)


def _execute(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _place(number: int, ordering: str) -> Place:
    """Return the place of the row with this number in the whole list."""
    places, _ = paging.first(selection.ordered(ListQuery(ordering=ordering, include=ALL)), (), number)
    return places[-1]


def _find(query: ListQuery) -> Part:
    return paging.first(selection.ordered(query), selection.conditions_of(query), query.page_size + 1)


def _count(query: ListQuery) -> tuple[int, bool]:
    return selection.count(query)


def _rows_read(ask: Callable[[], object]) -> int:
    """Return the number of rows that the server reads and sorts, in tables, indexes and temporary tables."""
    _execute("FLUSH STATUS")
    ask()
    read = _execute("SHOW SESSION STATUS WHERE variable_name LIKE 'Handler_read%' OR variable_name = 'Sort_rows'")
    return sum(int(number) for _, number in read)


def _plan(query: ListQuery) -> str:
    """Return how SQLite reads the rows of a question, a line a step."""
    with CaptureQueriesContext(connection) as captured:
        _find(query)
    steps = [row for each in captured.captured_queries for row in _execute(f"EXPLAIN QUERY PLAN {each['sql']}")]
    return "\n".join(str(detail) for *_, detail in steps)


@pytest.mark.usefixtures("long_list")
def test_no_question_reads_a_long_list() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("counts nothing that it reads")
    read = {label: _rows_read(partial(_find, query)) for label, query in _questions()}
    assert {label: rows for label, rows in read.items() if rows > _MOST_READ} == {}


@pytest.mark.usefixtures("mysql", "long_list")
@pytest.mark.parametrize("before", [60, 2_000])
def test_no_later_page_reads_a_long_list(before: int) -> None:
    last = {ordering: _place(before, ordering) for ordering in ORDERINGS}
    later = ((label, selection.after(query, last[query.ordering])) for label, query in _questions())
    read = {label: _rows_read(partial(_find, query)) for label, query in later}
    assert {label: rows for label, rows in read.items() if rows > _MOST_READ} == {}


@pytest.mark.usefixtures("long_list")
def test_no_sum_reads_a_long_list() -> None:
    """The outlook, the levels and the groups of filtered lists, besides the rows and names of each group."""
    if connection.vendor == "sqlite":
        pytest.skip("counts nothing that it reads")
    fields = ("level", "end_of_life", "product", "owner_key")
    queries = [(str(filters), ListQuery(**filters)) for filters in FILTERS + LISTS]
    read = {label: _rows_read(partial(matching, query, *fields)) for label, query in queries}
    assert {label: rows for label, rows in read.items() if rows > _MOST_READ} == {}


@pytest.mark.usefixtures("mysql", "long_list")
def test_no_count_reads_a_long_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "COUNT_LIMIT", 500)
    # Those with one filter are exact, so if no count is stored, all rows that match are read.
    read = {label: _rows_read(partial(_count, query)) for label, query in _questions() if not selection.is_exact(query)}
    assert {label: rows for label, rows in read.items() if rows > _MOST_READ} == {}


@pytest.mark.usefixtures("mysql", "long_list")
def test_words_that_no_technology_has_in_common() -> None:
    query = ListQuery(q="left right", ordering="name", page_size=_PAGE)
    part = _find(query)
    assert not part.places
    assert part.end, "others may follow"
    # Control: it takes more to know that none do.
    assert _rows_read(partial(selection.find, query, selection.conditions_of(query))) > _MOST_READ


@pytest.mark.usefixtures("mysql", "long_list")
@pytest.mark.parametrize("include", INCLUDES)
def test_counting_rows_that_a_search_finds(monkeypatch: pytest.MonkeyPatch, include: str) -> None:
    monkeypatch.setattr(selection, "COUNT_LIMIT", 1_000)
    found = {"thing": (1_000, True), "rare": (89, False), "nothing": (0, False), "rare thing": (0, False)}
    read = {}
    for q, most in found.items():
        query = ListQuery(q=q, include=include)
        number, is_lower_bound = selection.count(query)
        assert (number <= most[0], is_lower_bound) == (True, most[1]), q
        assert include != ALL or number == most[0], q
        read[q] = _rows_read(partial(selection.count, query))
    # Libraries have the same words.
    assert max(read.values()) < 4 * (selection.COUNT_LIMIT + counts.libraries())
    # Control: the number is not reached if the rows are read as well, because that takes more.
    monkeypatch.setattr(Condition, "has", lambda *_: False)
    assert selection.count(ListQuery(q="thing", include=include))[0] < selection.COUNT_LIMIT


@pytest.mark.usefixtures("long_list")
@pytest.mark.parametrize(("page_size", "collects"), [(_PAGE, False), (500, True)])
def test_only_a_long_walk_collects_keys(monkeypatch: pytest.MonkeyPatch, *, page_size: int, collects: bool) -> None:
    for name in ("COLLECTED", "SORTED"):
        monkeypatch.setattr(paging, name, _ROWS)
    with CaptureQueriesContext(connection) as captured:
        _find(ListQuery(tag=("frequent",), ordering="name", page_size=page_size))
    collecting = re.compile(r"\bid\W? IN \(SELECT")
    assert any(collecting.search(query["sql"]) for query in captured.captured_queries) == collects


@pytest.mark.usefixtures("mysql", "long_list")
def test_a_walk_does_not_begin_if_the_counts_know_that_few_match(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLLECTED", "SORTED"):
        monkeypatch.setattr(paging, name, _ROWS)
    query = ListQuery(tag=("frequent",), ordering="name", page_size=_PAGE)
    ordered, conditions = selection.ordered(query), selection.conditions_of(query)
    tagged = TechTag.objects.filter(tag="frequent").count()
    sort, walk = (partial(paging.first, ordered, conditions, _PAGE, known=known) for known in (1, tagged))
    assert sort() == walk(), "the counts only choose the way"
    assert _rows_read(walk) < tagged / 10 < tagged < _rows_read(sort)


@pytest.mark.usefixtures("long_list")
def test_no_question_scans_or_sorts_on_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("has plans of its own")
    plans = {label: _plan(query) for label, query in _questions()}
    assert {label: plan for label, plan in plans.items() if re.search(r"SCAN techs_tech\b(?! USING)", plan)} == {}
    sorting = [label for label, plan in plans.items() if label.startswith("{} ") and "TEMP B-TREE" in plan]
    assert sorting == []


@pytest.mark.usefixtures("mariadb", "long_list")
@pytest.mark.parametrize(
    ("table", "index", "filters"),
    [("techs_tech", "tech_ends_on", {"include": ALL}), ("techs_techtag", "one_tag_per_tech", {"tag": ("rare",)})],
)
def test_without_an_index_it_does(table: str, index: str, filters: dict[str, Any]) -> None:
    """Control."""
    _execute(f"ALTER TABLE {table} ALTER INDEX {index} IGNORED")
    try:
        query = ListQuery(ordering="end_of_life", page_size=_PAGE, **filters)
        assert _rows_read(lambda: _find(query)) > _MOST_READ
    finally:
        _execute(f"ALTER TABLE {table} ALTER INDEX {index} NOT IGNORED")
