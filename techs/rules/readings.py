"""Readings of a text without the labels, phrases and remarks around its name and version. Pure."""

from collections import deque
from collections.abc import Callable, Iterator

from techs.rules import phrases, remarks

_MOST = 16  # readings


def of(text: str, is_technology: Callable[[str], bool]) -> Iterator[tuple[str, bool]]:
    """Yield shorter readings of a text, those with fewest changes first, and whether a name alone is certain in them.

    is_technology: whether a label is itself a technology with its version, which then stays.
    """
    seen, waiting = {text, ""}, deque([(text, True)])
    while waiting and len(seen) < _MOST:
        current, is_sure = waiting.popleft()
        for shorter, stays_sure in _shorter(current, is_technology):
            if shorter not in seen:
                seen.add(shorter)
                waiting.append((shorter, is_sure and stays_sure))
                yield waiting[-1]


def _shorter(text: str, is_technology: Callable[[str], bool]) -> Iterator[tuple[str, bool]]:
    yield phrases.in_order(text), False
    yield remarks.undecorated(text), True
    yield remarks.without_stamps(text), True
    yield remarks.without_channel(text), True
    yield remarks.without_remark(text), False
    yield remarks.without_version_word(text), False
    yield remarks.number_last(text), False
    inner, is_kind = remarks.without_label(text)
    if not is_technology(text.removesuffix(inner)):
        yield inner, is_kind
    yield phrases.without_kind(text), False
