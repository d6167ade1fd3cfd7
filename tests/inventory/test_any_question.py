"""Any combination of filters, search and ordering finds the rows, pages and counts of a plain loop over all rows."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from techs.inventory import conditions, paging, queries
from techs.inventory.queries import ALL, ORDERINGS, TRACKED, Cursor, ListQuery, Page, select
from techs.lifecycles import store
from techs.models import Service, ServiceSource, Tech, TechOwner, TechTag, TechWord, Usage
from techs.rules.kinds import Kind
from techs.rules.levels import Level
from techs.rules.search_words import terms_of, words_of
from techs.rules.text import name_key

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ["Alpha", "postgresql", "Node.js", "c++", "café", "データ基盤", "jdk8", "@x/core", "B2B", "ünï"]
SEARCHES = ["", "pos", "sql", "node", "c++", "cafe al", "基盤", "8", "core b", "2", "djan", "re", "zzz", "++", "1"]
CASES = 100


class Rows:
    """Random rows with many ties, and the services that use them."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.words = store.current().words
        Tech.objects.bulk_create([self._row(number) for number in range(80)])
        self.all = list(Tech.objects.all())
        self.used = self._use([self._service(number) for number in range(3)])
        TechTag.objects.bulk_create([TechTag(tech=row, tag=tag) for row in self.all for tag in row.tags])
        TechWord.objects.bulk_create(
            [TechWord(tech=row, word=word) for row in self.all for word in self._own_words(row)]
        )

    def matching(self, query: ListQuery) -> list[Tech]:
        columns = [column.removeprefix("-") for column in ORDERINGS[query.ordering]]
        found = [row for row in self.all if self._matches(row, query)]
        is_reversed = query.ordering.startswith("-")
        return sorted(found, key=lambda row: [getattr(row, column) for column in columns], reverse=is_reversed)

    def _row(self, number: int) -> Tech:
        pick = self.chance.choice
        key = name_key(name := f"{' '.join(self.chance.sample(NAMES, 2))} {number}")
        score, is_library, level = pick([0, 50, 100]), self.chance.random() < 0.2, pick(list(Level)).value
        end, owner = pick([None, *(date(2026, 1, day) for day in range(1, 4))]), pick(["", "one", "two", "ours"])
        return Tech(
            name=name,
            name_key=key,
            rank=Tech.rank_of(score=score, name_key=key, end=end, is_library=is_library),
            kind=Kind.LIBRARY if is_library else Kind.TRACKED,
            product="" if is_library else pick(["", "postgresql", "django", "redis", "nodejs"]),
            owner=owner,
            owner_key=owner,
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
        owners = {row.owner_key, *(["ours"] if "s0" in self.used[row.pk] else [])}
        return (
            (query.include == ALL or not row.is_library)
            and (not query.priority or row.level in query.priority)
            and (not query.tag or not {*query.tag}.isdisjoint(row.tags))
            and (not query.owner or not {*query.owner}.isdisjoint(owners))
            and (not query.service or not {*query.service}.isdisjoint(self.used[row.pk]))
            and (not query.q or self._contains(row, query.q))
        )

    def _contains(self, row: Tech, text: str) -> bool:
        words, terms = words_of(row.name) | self.words.by_slug.get(row.product, frozenset()), terms_of(text)
        return bool(terms) and all(any(word.startswith(term) for word in words) for term in terms)


def any_query(chance: random.Random) -> ListQuery:
    def some(values: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted(chance.sample(values, chance.choice([0, 0, 1, 2]))))

    return ListQuery(
        q=name_key(chance.choice(SEARCHES)),
        priority=some(list(Level)),
        tag=some(["a", "b", "none"]),
        owner=some(["one", "ours", "nobody"]),
        service=some(["s0", "s1", "s9"]),
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
    monkeypatch.setattr(paging, "WALK", chance.choice([1, 20, 12_000]))
    monkeypatch.setattr(paging, "_WALK_PER_ROW", chance.choice([1, 10]))
    monkeypatch.setattr(conditions, "_MOST_PRODUCTS", chance.choice([0, 20]))
    monkeypatch.setattr(queries, "COUNT_LIMIT", most := chance.choice([5, 10_000]))
    return most


def test_any_question(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(20261129)  # noqa: S311  a repeatable choice, no secret
    rows = Rows(chance)
    for _ in range(CASES):
        most, query = limit(monkeypatch, chance), any_query(chance)
        wanted = rows.matching(query)
        pages = forwards(query)
        assert [row.pk for page in pages for row in page.rows] == [row.pk for row in wanted], query
        assert [page.rows for page in backwards(query, pages[-1])] == [page.rows for page in pages], query
        is_limited = len(wanted) > most and bool(query.q or len(query.filters) > 1)
        expected = (most if is_limited else len(wanted), is_limited)
        assert {(page.count, page.is_count_lower_bound) for page in pages} == {expected}, query
        assert sum(queries.count_levels(query).values()) == len(wanted), query
