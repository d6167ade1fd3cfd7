"""The table printed at the end of a run."""

from collections.abc import Iterator, Sequence

from tests.faults.rig import Outcome

_HEAD = [
    *["fault", "faults", "POSTs", "accepted", "saved", "lost", "duplicates", "wrong", "errors"],
    *["runs per task", "slowest POST", "recovery", "left over", "stale reads"],
]


def rows(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of a Markdown table, and a summary."""
    yield f"| {' | '.join(_HEAD)} |"
    yield f"|{'---|' * len(_HEAD)}"
    for outcome in outcomes:
        yield f"| {' | '.join(_cells(outcome))} |"
    faults, accepted = (sum(getattr(each, name) for each in outcomes) for name in ("faults", "accepted"))
    lost = sum(each.lost for each in outcomes if not each.is_control)
    yield f"{faults:,} faults, {accepted:,} accepted, {lost:,} lost{_bound(lost, accepted)}."


def _cells(outcome: Outcome) -> Iterator[str]:
    yield outcome.fault
    if not outcome.posts:
        yield from ["-"] * (len(_HEAD) - 2)
        yield outcome.stale
        return
    for number in (outcome.faults, outcome.posts, outcome.accepted, outcome.saved, outcome.lost):
        yield f"{number:,}"
    yield from map(str, (outcome.duplicates, outcome.wrong, outcome.errors))
    yield f"{outcome.mean_runs:.2f}, at most {outcome.most_runs}"
    yield f"{outcome.slowest:.2f} s"
    yield f"{outcome.recovery:.1f} s"
    yield str(outcome.leftovers)
    yield outcome.stale


def _bound(lost: int, accepted: int) -> str:
    """Return the upper bound of the loss rate if none was seen (rule of three, Hanley and Lippman-Hand 1983)."""
    return f" (95 % upper bound: {3 / accepted:.2%})" if accepted >= 100 and not lost else ""
