"""Search the list by words of names and products.

The words of products are in memory, and an index finds their rows in order. TechWord has the other words of each name.
"""

from collections.abc import Collection, Sequence

from django.db.models import Q
from django.db.models.lookups import In

from techs import bulk
from techs.expressions import without_index
from techs.inventory import counts, paging
from techs.inventory.conditions import Condition
from techs.inventory.ordered import Ordered
from techs.lifecycles import store
from techs.models import Tech, TechWord
from techs.models.counts import PRODUCT
from techs.rules.search_words import terms_of
from techs.transactions import in_chunks

# The rows that a search in the admin finds.
MOST_FOUND = 5_000
# The rows without words to read for a search. If there are more, it reads all names.
MOST_UNINDEXED = 20_000
_ROWS_AT_ONCE = 500
_WORDS_AT_ONCE = 2_000


def conditions(text: str) -> list[Condition]:
    """Return the conditions for each word of a search. In rows without words, they find it anywhere in the name."""
    unindexed = Tech.objects.filter(words_key="").order_by().values("pk")[: MOST_UNINDEXED + 1].count()
    if unindexed > MOST_UNINDEXED:
        return [Condition.containing(text)]
    words = store.current().words
    named = [Condition.naming(term, products=words.beginning_with(term)) for term in terms_of(text)]
    if unindexed:
        named = [each.or_unindexed(term) for each, term in zip(named, terms_of(text), strict=True)]
    return named or [Condition.never()]


def count(conditions: Sequence[Condition], ordered: Ordered, *, most: int) -> int | None:
    """Count the rows with a word, or return a number above `most`. None: there are several words, or too many rows.

    The number of rows of products is stored, so only those of other products have to be read.
    """
    words, *others = reversed(conditions)
    if not words.products or any(each.products is not None for each in others) or words.is_scanned:
        return None
    kinds, levels = ordered.values["kind"], ordered.values["level"]
    known = counts.of(PRODUCT, words.products, kinds, levels=levels)
    named = words.without_products()
    if known > most or named.count(paging.RARE + 1) > paging.RARE:
        return known if known > most else None
    return known + ordered.rows.filter(named.matching, ~Q(In(without_index("product"), words.products))).count()


def worst(text: str) -> list[int]:
    """Return the primary keys of the rows that a search finds, worst first, up to MOST_FOUND."""
    by_rank = Ordered(groups=[Q()], values={"kind": (), "level": ()}, columns=("rank",), beyond=Q())
    places, _ = paging.first(by_rank, conditions(text), MOST_FOUND)
    return [pk for *_, pk in places]


def index(rows: Collection[Tech]) -> None:
    """Write the words of rows that have other ones than when they were read.

    Call inside a transaction, after assessing and saving the rows.
    """
    changed = [row for row in rows if row.new_words is not None]
    for some in in_chunks(changed, _ROWS_AT_ONCE):
        _index(some)


def index_new(rows: Collection[Tech]) -> None:
    """Write the words of rows that were just inserted, of which none is stored. Call inside a transaction."""
    _insert({(row.pk, word) for row in rows for word in row.new_words or ()})
    for row in rows:
        row.new_words = None


def _index(rows: Collection[Tech]) -> None:
    wanted = {(row.pk, word) for row in rows for word in row.new_words or ()}
    stored = set(TechWord.objects.filter(tech__in=[row.pk for row in rows]).values_list("tech_id", "word"))
    gone: dict[int, list[str]] = {}
    for tech, word in stored - wanted:
        gone.setdefault(tech, []).append(word)
    for tech, words in gone.items():
        TechWord.objects.filter(tech=tech, word__in=words).delete()
    _insert(wanted - stored)
    for row in rows:
        row.new_words = None


def _insert(words: Collection[tuple[int, str]]) -> None:
    bulk.insert_values(TechWord, ["tech", "word"], sorted(words), batch_size=_WORDS_AT_ONCE)
