"""Any combination of filters, search and ordering finds the rows, pages and counts of a plain loop over all rows."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.datastructures import MultiValueDict

from techs.inventory import conditions, groups, paging, selection
from techs.inventory.groups import BY, read_groups
from techs.inventory.outlook import matching, read_both, read_level_counts, read_outlook
from techs.inventory.queries import ALL, ORDERINGS, TRACKED, Cursor, ListQuery, Params
from techs.inventory.selection import Page, conditions_of, select
from techs.lifecycles import store
from techs.models import ListCount, Service, ServiceSource, ServiceSummary, Tech, TechOwner, TechTag, TechWord, Usage
from techs.rules.kinds import Kind
from techs.rules.levels import Level
from techs.rules.search_words import terms_of, words_of
from techs.rules.text import name_key

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TODAY = date(2026, 2, 1)
# Days from today on which support ends, several of them in each score and impact.
ENDS = (-400, -31, -1, 0, 1, 30, 31, 90, 400)
NAMES = ["Alpha", "postgresql", "Node.js", "c++", "café", "データ基盤", "jdk8", "@x/core", "B2B", "ünï"]
SEARCHES = ["", "pos", "sql", "node", "c++", "cafe al", "基盤", "8", "core b", "2", "djan", "re", "zzz", "++", "1"]
CASES = 200
ROWS = 80


class Rows:
    """Random rows with many ties, and the services that use them."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.words = store.current().words
        Tech.objects.bulk_create([self._row(number) for number in range(ROWS)])
        self.all = list(Tech.objects.all())
        self.used = self._use([self._service(number) for number in range(3)])
        TechTag.objects.bulk_create([TechTag(tech=row, tag=tag) for row in self.all for tag in row.tags])
        TechWord.objects.bulk_create(
            [TechWord(tech=row, word=word) for row in self.all for word in self._own_words(row)]
        )
        for service in Service.objects.all():
            used = [row for row in self.all if service.slug in self.used[row.pk] and not row.is_library]
            worst = min((row.rank for row in used), default=None)
            ServiceSummary.objects.create(service=service, levels=by_level(used), worst_rank=worst)

    def matching(self, query: ListQuery) -> list[Tech]:
        found = [row for row in self.all if self._matches(row, query)]
        for column in reversed(ORDERINGS[query.ordering]):
            found.sort(key=attrgetter(column.removeprefix("-")), reverse=column.startswith("-"))
        return found

    def values_of(self, row: Tech, by: str) -> set[str]:
        """Return the groups of a row."""
        owners = {row.owner_key, *(["ours"] if "s0" in self.used[row.pk] else [])}
        values = {"product": {row.product}, "owner": owners, "service": self.used[row.pk], "tag": {*row.tags}}
        return values[by] - {""}

    def _row(self, number: int) -> Tech:
        pick = self.chance.choice
        key = name_key(name := f"{' '.join(self.chance.sample(NAMES, 2))} {number}")
        score, is_library, level = pick([0, 50, 100]), self.chance.random() < 0.2, pick(list(Level)).value
        end, owner = pick([None, date.max, *map(day_in, ENDS)]), pick(["", "one", "two", "ours"])
        return Tech(
            name=name,
            name_key=key,
            rank=Tech.rank_of(score=score, name_key=key, end=end, is_library=is_library),
            kind=Kind.LIBRARY if is_library else Kind.TRACKED,
            product="" if is_library else pick(["", "postgresql", "django", "redis", "nodejs"]),
            owner=owner,
            owner_key=owner,
            level_override=pick(["", "low", "medium"]),
            override_review_on=pick([None, *map(day_in, (-1, 0, 1, 9))]),
            services=pick(range(4)),
            tags=self.chance.sample(["a", "b", "c"], pick([0, 1, 2])),
            level=level,
            computed_level=level,
            score=score,
            computed_score=score,
            end_of_life=end,
            reasons=[],
            words_key="known",
            basis="today",
            level_since=NOW,
            assessed_at=NOW,
            submitted_at=NOW + timedelta(seconds=pick(range(9))),
        )

    def _service(self, number: int) -> ServiceSource:
        """Add a service; the first one has an owner."""
        owner = "" if number else "ours"
        values = {"slug": f"s{number}", "name": f"S{number}", "name_key": f"s{number}"}
        service = Service.objects.create(**values, owner=owner, owner_key=owner)
        return ServiceSource.objects.create(service=service, name="file")

    def _use(self, sources: Sequence[ServiceSource]) -> dict[int, set[str]]:
        used: dict[int, set[str]] = {}
        for row in self.all:
            some = self.chance.sample(sources, self.chance.choice([0, 0, 1, 2]))
            used[row.pk] = {source.service.slug for source in some}
            for source in some:
                Usage.objects.create(service=source.service, source=source, tech=row, name=row.name, key=row.name_key)
                if source.service.owner_key:
                    TechOwner.objects.create(tech=row, owner_key=source.service.owner_key)
        return used

    def _own_words(self, row: Tech) -> list[str]:
        return sorted(self.words.words_of(row.name, product=row.product))

    def _matches(self, row: Tech, query: ListQuery) -> bool:
        return (
            (row.is_library if query.kind else query.include == ALL or not row.is_library)
            and (not query.product or row.product in query.product)
            and (not query.accepted or is_accepted(row) == (query.accepted == "true"))
            and ends_as(row, query)
            and (not query.priority or row.level in query.priority)
            and (not query.tag or not {*query.tag}.isdisjoint(row.tags))
            and (not query.owner or not {*query.owner}.isdisjoint(self.values_of(row, "owner") or {"none"}))
            and (not query.service or not {*query.service}.isdisjoint(self.used[row.pk]))
            and (not query.q or self._contains(row, query.q))
        )

    def _contains(self, row: Tech, text: str) -> bool:
        words, terms = words_of(row.name) | self.words.by_slug.get(row.product, frozenset()), terms_of(text)
        return bool(terms) and all(any(word.startswith(term) for word in words) for term in terms)


def day_in(days: int) -> date:
    return TODAY + timedelta(days=days)


def reads_all_risks(query: ListQuery) -> bool:
    return matching(replace(query, accepted="true", priority=("low",), today=TODAY.isoformat()), "id")[1]


def is_low_and_accepted(row: Tech) -> bool:
    return row.level == Level.LOW and is_accepted(row)


def is_accepted(row: Tech) -> bool:
    return row.level_override == "low" and row.override_review_on is not None and row.override_review_on > TODAY


def ends_as(row: Tech, query: ListQuery) -> bool:
    if not (query.ends_within or query.ends_from or query.ends_to):
        return True
    if row.end_of_life is None or row.end_of_life == date.max:
        return False
    days, day = (row.end_of_life - TODAY).days, row.end_of_life.isoformat()
    within = [days < 0 if value == "overdue" else 0 <= days <= int(value) for value in query.ends_within]
    return (any(within) or not within) and (query.ends_from or day) <= day <= (query.ends_to or day)


def any_query(chance: random.Random) -> ListQuery:
    def some(values: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted(chance.sample(values, chance.choice([1, 1, 2]))))

    filters: dict[str, Any] = {
        "q": name_key(chance.choice(SEARCHES)),
        "priority": some(list(Level)),
        "tag": some(["a", "b", "none"]),
        "owner": some(["one", "ours", "nobody", "none"]),
        "service": some(["s0", "s1", "s9"]),
        "product": some(["django", "redis", "nothing"]),
        "kind": ("library",),
        "ends_within": chance.choice([("overdue",), ("30",), ("0",), ("overdue", "90")]),
        "ends_from": day_in(chance.choice([-31, 1, 31])).isoformat(),
        "ends_to": day_in(chance.choice([-1, 31, 400])).isoformat(),
        "accepted": chance.choice(["true", "false"]),
    }
    chosen = chance.sample([*filters], chance.choice([0, 1, 1, 2, 2, 3]))
    return ListQuery(
        **{name: filters[name] for name in chosen},
        today=TODAY.isoformat(),
        include=chance.choice([ALL, TRACKED]),
        ordering=chance.choice(list(ORDERINGS)),
        page_size=chance.choice([4, 7, 100]),
    )


def at(query: ListQuery, cursor: str) -> Page:
    return select(replace(query, cursor=Cursor.read(cursor)))


def forwards(query: ListQuery) -> list[Page]:
    pages = [select(query)]
    while cursor := pages[-1].next:
        pages.append(at(query, cursor))
    return pages


def backwards(query: ListQuery, last: Page) -> list[Page]:
    pages = [last]
    while cursor := pages[0].previous:
        pages.insert(0, at(query, cursor))
    return pages


def limit(monkeypatch: pytest.MonkeyPatch, chance: random.Random) -> int:
    """Make short lists long for some of the ways to read them, and return the limit of counts."""
    monkeypatch.setattr(paging, "RARE", chance.choice([0, 5, 20, 12_000]))
    monkeypatch.setattr(paging, "FEW", chance.choice([0, 5, 1_000]))
    monkeypatch.setattr(paging, "COLLECTED", chance.choice([0, 5, 20, 100_000]))
    monkeypatch.setattr(paging, "SORTED", chance.choice([0, 5, 20_000]))
    monkeypatch.setattr(paging, "LONGEST_WALK", chance.choice([1, 20, 100_000]))
    monkeypatch.setattr(paging, "WALK", chance.choice([1, 20, 12_000]))
    monkeypatch.setattr(paging, "_PER_ROW", chance.choice([1, 10]))
    monkeypatch.setattr(paging, "_TESTED_PER_SORTED", chance.choice([1, 10, 1_000]))
    monkeypatch.setattr(paging, "_COLLECTED_PER_ROW", chance.choice([0, 8]))
    monkeypatch.setattr(groups, "_WORST_OF_LIST", chance.choice([3, 2_000]))
    monkeypatch.setattr(conditions, "_MOST_PRODUCTS", chance.choice([0, 20]))
    monkeypatch.setattr(selection, "COUNT_LIMIT", most := chance.choice([5, 10_000]))
    return most


def check_count(query: ListQuery, pages: Sequence[Page], wanted: Sequence[Tech], *, most: int) -> bool:
    """Check the counts. They may end at the limit, or earlier if it would take too much to reach it."""
    number, may_end = len(wanted), not selection.is_exact(query)
    for page in pages:
        assert page.count <= number, query
        assert page.is_count_lower_bound or page.count == number, query
        assert not page.is_count_lower_bound or may_end, query
        assert number <= most or not may_end or page.is_count_lower_bound, query
        assert number > most or not page.is_count_lower_bound or paging.RARE < ROWS, query
    return not any(page.is_count_lower_bound for page in pages)


def by_level(rows: Sequence[Tech]) -> dict[str, int]:
    return {level: sum(row.level == level for row in rows) for level in Level}


def quarter_of(row: Tech) -> str:
    """Return where the outlook counts a row, by the definition in the documentation."""
    if row.end_of_life in (None, date.max):
        return "undated"
    end = row.end_of_life
    if end < TODAY:
        return "overdue"
    quarters = (end.year - TODAY.year) * 4 + (end.month - 1) // 3 - (TODAY.month - 1) // 3
    return f"{end.year} {(end.month - 1) // 3 + 1}" if quarters < 8 else "later"


def check_outlook(query: ListQuery, wanted: Sequence[Tech]) -> bool:
    found = read_outlook(query, today=TODAY)
    starts = [
        f"{each.start.year} {(each.start.month - 1) // 3 + 1}" if each.start else "overdue" for each in found.quarters
    ]
    numbers = dict(zip(starts, (each.counts for each in found.quarters), strict=True))
    numbers |= {"later": found.later, "undated": found.undated}
    assert len(numbers) == 11
    expected = {each: by_level([row for row in wanted if quarter_of(row) == each]) for each in numbers}
    if not found.is_lower_bound:
        assert numbers == expected, query
        accepted = [each.accepted for each in found.quarters] + [found.later_accepted, found.undated_accepted]
        risks = [row for row in wanted if is_low_and_accepted(row)]
        wanted_risks = [sum(quarter_of(row) == each for row in risks) for each in numbers]
        assert accepted == wanted_risks or not reads_all_risks(query), query
        assert all(number <= most for number, most in zip(accepted, wanted_risks, strict=True)), query
    assert all(numbers[each][level] <= expected[each][level] for each in numbers for level in Level), query
    assert read_both(query, today=TODAY) == (read_level_counts(query, today=TODAY), found)
    return not found.is_lower_bound


def check_levels(query: ListQuery, rows: Rows) -> bool:
    wanted = rows.matching(replace(query, priority=()))
    found = read_level_counts(query, today=TODAY)
    expected = (by_level(wanted), sum(map(is_accepted, wanted)))
    if not found.is_lower_bound:
        assert (found.counts, found.accepted) == expected, query
    assert all(found.counts[level] <= expected[0][level] for level in Level), query
    return not found.is_lower_bound


def check_groups(query: ListQuery, rows: Rows, by: str) -> bool:
    found = read_groups(query, by, today=TODAY)
    for group in found.groups:
        narrowed = ListQuery.from_params(MultiValueDict(as_lists(group.params)))
        wanted = rows.matching(replace(narrowed, include=query.include, today=query.today))
        if not found.is_lower_bound:
            assert (group.count, group.counts) == (len(wanted), by_level(wanted)), (query, group)
            risks = sum(map(is_low_and_accepted, wanted))
            assert group.accepted == risks or (group.accepted < risks and not reads_all_risks(query)), (query, group)
            assert group.rows == wanted[:5]
    if not found.is_lower_bound:
        wanted = rows.matching(replace(query, ordering="priority"))
        chosen = set(getattr(query, by))
        values = [rows.values_of(row, by) for row in wanted]
        assert {group.value for group in found.groups} == {
            each for some in values for each in some if each in (chosen or some)
        }
        assert found.count == len(found.groups)
        rest = by_level([row for row, some in zip(wanted, values, strict=True) if not some])
        assert found.rest in (None, rest), query
    return not found.is_lower_bound


def as_lists(params: Params) -> dict[str, list[str]]:
    return {name: [value] if isinstance(value, str) else [*value] for name, value in params.items()}


def test_any_question(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(20261129)  # noqa: S311  a repeatable choice, no secret
    rows = Rows(chance)
    found, exact = 0, Counter[str]()
    for _ in range(CASES):
        most, query = limit(monkeypatch, chance), any_query(chance)
        wanted = rows.matching(query)
        found += bool(wanted)
        pages = forwards(query)
        assert [row.pk for page in pages for row in page.rows] == [row.pk for row in wanted], query
        full = all(len(page.rows) == query.page_size for page in pages[:-1])
        exact["pages"] += full
        if full:
            assert [page.rows for page in backwards(query, pages[-1])] == [page.rows for page in pages], query
        exact["count"] += check_count(query, pages, wanted, most=most)
        assert sum(selection.count_levels(query).values()) == len(wanted), query
        exact["outlook"] += check_outlook(query, wanted)
        exact["levels"] += check_levels(query, rows)
        exact["groups"] += check_groups(query, rows, chance.choice(BY))
    assert min(exact.values()) > CASES / 3, exact
    assert found > CASES / 2, "most questions find rows"


@pytest.mark.parametrize(
    "query",
    [ListQuery(tag=("a",)), ListQuery(owner=("ours",), accepted="true"), ListQuery(q="re", ends_from="2026-02-01")],
)
def test_rows_are_read_once(query: ListQuery) -> None:
    Rows(random.Random(1))  # noqa: S311  as above
    with CaptureQueriesContext(connection) as of_levels:
        read_level_counts(query, today=TODAY)
    with CaptureQueriesContext(connection) as of_both:
        read_both(query, today=TODAY)
    assert len(of_both) == len(of_levels) > 0


def test_filtered_groups_read_only_the_counts_of_their_filter() -> None:
    Rows(random.Random(1))  # noqa: S311  as above
    with CaptureQueriesContext(connection) as queries:
        assert read_groups(ListQuery(tag=("a",)), "product", today=TODAY).groups
    counted = [query["sql"] for query in queries if ListCount._meta.db_table in query["sql"]]
    assert [sql for sql in counted if " IN ('a')" not in sql] == []


@pytest.mark.parametrize(
    "filters",
    [
        {"tag": ("a",)},
        {"owner": ("one",)},
        {"product": ("django", "redis")},
        {"priority": ("low", "high")},
        {"ends_from": day_in(1).isoformat()},
        {"ends_from": day_in(1).isoformat(), "priority": ("low",)},
    ],
)
def test_stored_counts_tell_how_many_rows_a_filter_has(filters: dict[str, Any]) -> None:
    Rows(random.Random(1))  # noqa: S311  as above
    *_, condition = conditions_of(ListQuery(ordering="owner", include=ALL, **filters))
    stored = [source for source in condition.sources if source.stored]
    with CaptureQueriesContext(connection) as queries:
        number = sum(source.count(10 * ROWS) for source in stored)
    assert number == sum(Tech.objects.filter(source.matching).count() for source in stored) > 0
    assert [query["sql"] for query in queries if ListCount._meta.db_table not in query["sql"]] == []
