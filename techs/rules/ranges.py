"""Version ranges: which versions "^4.1.0", ">=3.2,<4" or "[1.0,2.0)" allow. Pure, and independent of products.

One grammar reads npm, Composer, Poetry, Ruby, PEP 440, Maven and NuGet, as far as their operators mean the same. Where
they do not, such as "~1.2" of Composer, the reader of the file writes the bounds instead.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from techs.rules.text import any_of, is_number

Parts: TypeAlias = tuple[int, ...]

MAX_LENGTH: Final = 200  # characters; longer texts are not ranges
_YEARS: Final = range(1990, 2100)
_ABOVE_ALL: Final = 10**18  # above any number that MAX_DIGITS allow
_MAX_DIGITS: Final = 17

_NUMBER: Final = r"v?(?P<number>[0-9]+(?:\.[0-9]+)*)(?P<any>(?:\.[x*])*)"
# A suffix such as "-beta.2", "rc1" or "+build" does not move a limit to another release cycle.
_SUFFIX: Final = r"(?:[-+._]?[a-z][0-9a-z.+-]*|[-+][0-9][0-9a-z.+-]*)?"
_BOUND: Final = re.compile(
    rf"(?P<op>~>|~=|\^|~|>=|<=|!=|===?|[<>=]|)\s*{_NUMBER}{_SUFFIX}(?=[\s,]|[<>=!~^]|$)[\s,]*", re.IGNORECASE
)
_EITHER: Final = re.compile(r"\s*\|\|?\s*|\s+or\s+(?=[\^~<>=v0-9])", re.IGNORECASE)
_HYPHEN: Final = re.compile(r"v?([0-9]+(?:\.[0-9x*]+)*)\s+-\s+v?([0-9]+(?:\.[0-9x*]+)*)", re.IGNORECASE)
# "3.8-3.11" and "12-14", but not the revisions of "5.10-3.1" and "590-2".
_DASHED: Final = re.compile(r"v?(([0-9]+)\.[0-9]+|[0-9]{1,3})-v?(\2\.[0-9]+|[0-9]{1,3})", re.IGNORECASE)
_INTERVAL: Final = re.compile(  # Ivy writes an excluded limit as "]1.0,2.0["
    r"\s*[\[(\]]\s*([0-9][^\s,\])\[]*)?\s*(,)?\s*([0-9][^\s,\])\[]*)?\s*([\])\[])\s*(?:,(?=\s*[\[(\]]))?"
)
ONE_SIDED: Final = r"[\[(\]]\s*(?:[0-9.]+\s*,|,\s*[0-9.]+)\s*[\])\[]"
"""An interval with one limit, such as "[5,)": without the signs, it would be a version."""
_IS_RANGE: Final = re.compile(r"[<>^~|]|!=|[0-9]\.[x*]|^[\[(\]].*,.*[\])\[]$", re.IGNORECASE)

_IN_WORDS: Final = (
    (r"(?<=[0-9]\.)\+$", "*"),  # Gradle
    (r"(?<![\w.])v?((?:[0-9]+\.)+)([1-9])x(?![\w.])", r">=\1\g<2>0,<=\1\g<2>9"),  # 1.2x is 1.20 to 1.29
    (r"(?<![\w.])v?((?:[0-9]+\.)+)([1-9])\*(?![\w.])", r"\1\2 || >=\1\g<2>0,<=\1\g<2>9"),
    (r"≥", ">="),
    (r"≤", "<="),
    (r"(?<=[0-9])\s*[–—]\s*(?=v?[0-9])", " - "),
    (r"(?<=[0-9])\s*\.{2,3}\s*(?=[0-9])", " - "),
    (r"(?:(?:from|von|de|da|van) )?v?([0-9][0-9.x*]*) (?:to|through|bis|à|a|al|hasta|até|tot) v?(?=[0-9])", r"\1 - "),
    (r"v?([0-9]+(?:\.[0-9]+)*)\s*\+(?![0-9a-z])", r">=\1"),
    (r"v?([0-9]+(?:\.[0-9]+)*) (?:or|and|oder|und) (?:newer|later|higher|above|up|neuer|höher|später)", r">=\1"),
    (r"v?([0-9]+(?:\.[0-9]+)*) (?:or|and|oder|und) (?:older|earlier|lower|below|älter)", r"<=\1"),
    (r"(?:at least|min(?:imum|\.)?|from|since|mindestens|ab) (?=v?[0-9])", ">="),
    (r"(?:at most|max(?:imum|\.)?|up to|until|höchstens|bis(?: zu)?) (?=v?[0-9])", "<="),
    (r"(?:below|under|before|(?:older|lower|less) than|unter|vor|(?:älter|kleiner) als) (?=v?[0-9])", "<"),
    (r"(?:above|over|after|(?:newer|higher|greater) than|über|nach|(?:neuer|größer) als) (?=v?[0-9])", ">"),
    (r"\s+(?:and|und|&&)\s+(?=[<>=!~^])", ","),
)
"""Ranges in words and signs, and how package managers write them. The first that fits a place wins."""

_WORDS: Final = tuple((re.compile(pattern, re.IGNORECASE), by) for pattern, by in _IN_WORDS)
_ANY_WORD: Final = any_of(pattern for pattern, _ in _WORDS)
_LEADING: Final = re.compile(rf"[0-9]{{1,{_MAX_DIGITS}}}(?:\.[0-9]{{1,{_MAX_DIGITS}}})*")


@dataclass(frozen=True, slots=True)
class Interval:
    """The versions from low up to, but not including, high. () means no lower limit, and None no upper limit."""

    low: Parts
    high: Parts | None

    def meets(self, other: "Interval") -> bool:
        return _is_below(self.low, other.high) and _is_below(other.low, self.high)


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The versions that a range allows: in one of the intervals, and not below an excluded number."""

    text: str
    intervals: tuple[Interval, ...]
    excluded: tuple[Parts, ...] = ()

    @property
    def is_floor(self) -> bool:
        """Return True if there is no newest version that the range allows, such as ">=3.9"."""
        return any(interval.high is None for interval in self.intervals)

    @property
    def counts_years(self) -> bool:
        return any(map(is_year, (number for each in self.intervals for number in (each.low, each.high) if number)))

    @property
    def lowest(self) -> Parts:
        return min(interval.low for interval in self.intervals)

    @property
    def highest(self) -> Parts | None:
        highs = [interval.high for interval in self.intervals if interval.high is not None]
        return None if self.is_floor else max(highs)

    def allows(self, cycle: Parts) -> bool:
        """Return True if some version of the cycle with this number is allowed."""
        is_excluded = any(cycle[: len(number)] == number for number in self.excluded)
        return not is_excluded and any(interval.meets(within(cycle)) for interval in self.intervals)

    def newest_in(self, cycle: Parts, latest: Parts) -> Parts:
        """Return the newest version of a cycle that is allowed. latest: the newest one that exists, if known."""
        own = within(cycle)
        tops = (_lower(own.high, interval.high) for interval in self.intervals if interval.meets(own))
        top = max((high for high in tops if high), default=_next(cycle))
        is_of_cycle = latest[: len(cycle)] == cycle
        return latest if is_of_cycle and _is_below(stripped(latest), top) else just_below(top)


def within(number: Parts) -> Interval:
    """Return the versions that begin with a number: 3.2 spans 3.2.0 up to, but not including, 3.3."""
    return Interval(stripped(number), _next(number))


def parse(text: str) -> VersionRange | None:
    """Read a range. Return None if the text is a single version, or not a range."""
    stated = text.strip(" ,")
    if len(text) > MAX_LENGTH or is_number(stated):
        return None
    shown = _spelled(stated)
    if (dashed := _DASHED.fullmatch(shown)) and dashed[1].count(".") == dashed[3].count("."):
        shown = f"{dashed[1]} - {dashed[3]}"
    if not (_IS_RANGE.search(shown) or _HYPHEN.fullmatch(shown)):
        return None
    intervals, excluded = list[Interval](), list[Parts]()
    for part in _EITHER.split(shown):
        read = _maven(part) or _part(part)
        if read is None:
            return None
        intervals += read[0]
        excluded += read[1]
    return VersionRange(stated, tuple(intervals), tuple(excluded)) if intervals else None


def _spelled(text: str) -> str:
    if not _ANY_WORD.search(text):
        return text
    for pattern, by in _WORDS:
        text = pattern.sub(by, text)
    return text


_Read: TypeAlias = tuple[list[Interval], list[Parts]]


def _maven(part: str) -> _Read | None:
    """Read intervals such as "[1.0,2.0)" or "(,1.0],[1.2,)"; a comma joins alternatives."""
    if not part or _INTERVAL.sub("", part).strip():
        return None
    intervals = []
    for low, comma, high, closing in _INTERVAL.findall(part):
        lower, upper = leading(low), leading(high if comma else low)
        is_within = closing == "]" or not comma
        exact = (*upper, 0)[: max(2, len(upper))]  # "[1,2]" allows 2.0, but not 2.1
        end = None if not upper else _next(exact) if is_within else stripped(upper)
        intervals.append(Interval(stripped(lower), end))
    return intervals, []


def _part(part: str) -> _Read | None:
    """Read bounds that apply together, separated by spaces or commas: ">=1.2 <3"."""
    if hyphen := _HYPHEN.fullmatch(part.strip()):
        low, high = stripped(leading(hyphen[1])), _next(leading(hyphen[2]))
        return ([Interval(low, high)] if low < high else []), []
    bounds = list(_BOUND.finditer(part))
    if not bounds or _BOUND.sub("", part).strip(" ,") or not all(map(_is_short, bounds)):
        return None
    plain = sum(not bound["op"] for bound in bounds)
    if plain and len(bounds) > 1 and (plain > 1 or "," in part):
        return None  # "3.8, 3.9" lists versions, but "14 >=14.17" is 14 from 14.17 on
    numbers = [(bound["op"], _parts(bound["number"]), bool(bound["any"])) for bound in bounds]
    excluded = [number for op, number, is_any in numbers if op == "!=" and is_any]
    interval = _intersection(_limits(op, number) for op, number, _ in numbers)
    return ([interval] if interval else []), excluded


def _limits(op: str, number: Parts) -> Interval:
    low = stripped(number)
    if op in (">", ">=", "!="):
        return Interval(() if op == "!=" else low, None)
    if op in ("<", "<="):
        return Interval((), low if op == "<" else _next(number))
    kept = {"^": number[: _significant(number)], "~": number[:2], "~>": number[:-1], "~=": number[:-1]}
    return Interval(low, _next(kept.get(op) or number))


def _significant(number: Parts) -> int:
    """Return the number of parts up to the first that is not zero: "^0.3.1" stays within 0.3."""
    return next((size for size, part in enumerate(number, start=1) if part), len(number))


def _intersection(intervals: Iterable[Interval]) -> Interval | None:
    low: Parts = ()
    high: Parts | None = None
    for interval in intervals:
        low, high = max(low, interval.low), _lower(high, interval.high)
    return Interval(low, high) if _is_below(low, high) else None


def _is_short(bound: re.Match[str]) -> bool:
    return all(len(part) <= _MAX_DIGITS for part in bound["number"].split("."))


def _parts(number: str) -> Parts:
    return tuple(map(int, number.split(".")))


@lru_cache(10_000)  # mostly the names of cycles, again and again
def leading(text: str) -> Parts:
    """Return the number at the start of a text: 8 for "8u501"."""
    found = _LEADING.match(text)
    return _parts(found[0]) if found else ()


def stripped(number: Parts) -> Parts:
    """Drop zeros at the end, so that 3.0 and 3 compare as equal."""
    size = len(number)
    while size and not number[size - 1]:
        size -= 1
    return number[:size]


def _next(number: Parts) -> Parts:
    return (*number[:-1], number[-1] + 1)


def just_below(high: Parts) -> Parts:
    *head, last = high
    return (*head, last - 1, _ABOVE_ALL)


def _is_below(low: Parts, high: Parts | None) -> bool:
    return high is None or low < high


def _lower(one: Parts | None, other: Parts | None) -> Parts | None:
    return min((high for high in (one, other) if high is not None), default=None)


def is_year(number: Parts) -> bool:
    return number[0] in _YEARS


def dotted(number: Parts) -> str:
    return ".".join(map(str, number))
