"""Sentences about a change of many technologies."""

from collections.abc import Iterable, Iterator, Sequence

from frontend.impacts import LABELS
from frontend.presenters.overview import count_of_techs
from techs.inventory.bulk_changes import BulkChange, Obstacle, Report

# A sentence names at most this many technologies, and counts the others.
_NAMED = 3
_OBSTACLES = {
    Obstacle.GONE: "no longer on the list",
    Obstacle.CHANGED: "changed by somebody else meanwhile",
    Obstacle.IN_USE: "used by services",
    Obstacle.TOO_MANY_TAGS: "too many tags",
    Obstacle.NOT_REACHED: "not reached in time",
}


def words_of(change: BulkChange, report: Report) -> str:
    """Report the technologies that changed, those that had the values already, and those that were skipped."""
    number = report.removed if change.removes else report.changed
    done = " and ".join(_done(change, count_of_techs(number)))
    sentences = [f"{done[:1].upper()}{done[1:]}." if number else "Nothing was changed."]
    if report.unchanged:
        sentences.append(f"{count_of_techs(report.unchanged)} had this already.")
    return " ".join([*sentences, *_left(report)])


def _done(change: BulkChange, techs: str) -> Iterator[str]:
    if change.removes:
        yield f"removed {techs}"
    if owner := change.values.get("owner"):
        yield f"set the owner of {techs} to {owner}"
    elif owner is not None:
        yield f"cleared the owner of {techs}"
    if impact := change.values.get("impact"):
        yield f"set the impact of {techs} to {LABELS[impact]}"
    if change.add_tags:
        yield f"added {_tags(change.add_tags)} to {techs}"
    if change.remove_tags:
        yield f"removed {_tags(change.remove_tags)} from {techs}"


def _left(report: Report) -> Iterator[str]:
    for obstacle, number in report.reasons.items():
        names = [each.name for each in report.skipped if each.obstacle == obstacle and each.name]
        shown = "; ".join([*names[:_NAMED], *_more(number, min(len(names), _NAMED))])
        yield f"Left as {'it is' if number == 1 else 'they are'} ({_OBSTACLES[obstacle]}): {shown}."


def _more(number: int, shown: int) -> Sequence[str]:
    if not shown:
        return [count_of_techs(number)]
    return [f"{number - shown:,} more"] if number > shown else []


def _tags(tags: Iterable[str]) -> str:
    return ", ".join(f"#{tag}" for tag in tags)
