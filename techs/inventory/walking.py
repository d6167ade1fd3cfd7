"""Read all rows that match a query, in batches, so that memory does not depend on their number.

Nothing is locked and no snapshot is kept while a slow client reads: each batch begins behind the sort key of the row
before. A row that stays the same is read exactly once. One that changes meanwhile is read as it was at its place, so it
may be missing, or appear twice, if it moves to another place.
"""

from collections.abc import Iterator
from dataclasses import replace

from techs.inventory import selection
from techs.inventory.ordered import Place
from techs.inventory.queries import ListQuery
from techs.models import Tech
from techs.transactions import in_chunks

# Places in the indexes to find at once. A filter may read thousands of rows to find any.
PLACES_AT_ONCE = 2_500
ROWS_AT_ONCE = 500


def batches(query: ListQuery) -> Iterator[list[Tech]]:
    """Yield the rows from the query's cursor on. No batch is empty."""
    for places in _places(replace(query, page_size=PLACES_AT_ONCE)):
        for some in in_chunks(places, ROWS_AT_ONCE):
            if rows := selection.rows_at(some):
                yield rows


def _places(query: ListQuery) -> Iterator[list[Place]]:
    conditions = selection.conditions_of(query)
    more = True
    while more:
        # One more than wanted tells whether there are others.
        found = selection.find(query, conditions)
        more = len(found) > query.page_size
        yield found[: query.page_size]
        query = selection.after(query, found[query.page_size - 1]) if more else query
