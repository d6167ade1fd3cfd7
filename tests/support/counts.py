"""The stored counts of the list, compared with its technologies."""

from techs.inventory import counts


def check_counts() -> None:
    wrong = counts.recount()
    wrong.subtract(counts.stored())
    assert not {place: amount for place, amount in wrong.items() if amount}, wrong
