"""Reasons in the words of the pages: a row has one line, and the page of a technology shows all, below its name."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from techs.rules.levels import Level

# Reasons that may only repeat the date in the column beside them, and the state to show instead.
_STATES = {
    "EOL_PAST": "Out of support",
    "EOL_JUST_PAST": "Out of support",
    "EOL_NEAR": "Support ends soon",
    "EOL_MID": "Support ends within months",
    "EOL_FAR": "Support ends within a year",
    "SUPPORTED": "Supported",
}
# Reasons about a release, which begin with its name, so that they can be read alone.
_OF_RELEASES = {
    *_STATES,
    "EOL_EXTENDED",
    "EOAS_PAST",
    "EOAS_LONG",
    "NO_END_DATE",
    "NO_RELEASE",
    "BEHIND",
    "PATCH_BEHIND",
}
_BEHIND = re.compile(r"behind the newest release cycle, (.+), released on ([0-9-]+)")
# Shown elsewhere: the impact in the row, and the age of the data below the list.
_ASIDE = {"IMPACT", "STALE_FACTS"}

# Those about a text that leaves the release open, which begin with the text, and about a product.
_OF_TEXTS = {"ALL_EOL", "VERSION_MISSING", "VERSION_ASSUMED", "BETWEEN_RELEASES", "RELEASE_UNKNOWN", "STALE_FACTS"}
_NAMED = _OF_RELEASES | _OF_TEXTS | {"EOL_NO_DATE", "EXTENDED_COVERED"}
_SUPPORT = re.compile(r"(active )?support (?=ended|ends)")
_PATCH = re.compile(r"(?P<own>\S+) is behind (?P<newest>[^\s,]+)(?:, released on (?P<day>[0-9-]+))?\.")

_LEVEL = "|".join(Level)
_MOVED = re.compile(rf"(?P<impact>\w+ impact): moved from (?P<from>{_LEVEL}) to (?P<to>{_LEVEL})")


def worded(reasons: Sequence[dict[str, Any]], *, names: Sequence[str]) -> Iterator[str]:
    """Yield the texts of reasons below a heading with one of these names, without names that were mentioned already.

    names: that of the technology, of its release and of its product.
    """
    mentioned = [*names]
    for reason in reasons:
        name, text = _split(reason, mentioned)
        is_new = bool(name) and not any(_is_same(name, each) for each in mentioned)
        yield _worded(text, name if is_new else "")
        mentioned.append(name)
        # Such as the name after "The worst counts".
        mentioned.append(text.rpartition(": ")[2].rstrip("."))


def _split(reason: dict[str, Any], names: Sequence[str]) -> tuple[str, str]:
    """Divide the text of a reason into the name that it begins with, if any, and the rest."""
    text: str = reason["text"]
    if reason["code"] not in _NAMED:
        return "", text
    # Names may contain a colon.
    known = (name for name in names if name and text.casefold().startswith(f"{name}: ".casefold()))
    name = next(known, "") or text.partition(": ")[0]
    return (name, text[len(name) + 2 :]) if text[len(name) :].startswith(": ") else ("", text)


def _worded(text: str, name: str) -> str:
    # Of the release in use, since the next sentence may be about the newest one.
    text = text.replace("the newest release is from ", "the newest patch is from ")
    text = _BEHIND.sub(r"the newest release is \1, from \2", text)
    text = _MOVED.sub(_moved, text)
    if found := _PATCH.fullmatch(text):
        day = f", from {found['day']}" if found["day"] else ""
        return f"The newest patch is {found['newest']}{day}; {found['own']} is in use."
    if name and _SUPPORT.match(text):
        return _sentence(_SUPPORT.sub(lambda found: f"{found[0]}of {name} ", text, count=1))
    return f"{name}: {text}" if name and not text.startswith("the newest release") else _sentence(text)


def _moved(found: re.Match[str]) -> str:
    order = [level.value for level in Level]
    verb = "raises" if order.index(found["to"]) < order.index(found["from"]) else "lowers"
    return f"{found['impact']} {verb} the level from {found['from']} to {found['to']}"


def _is_same(name: str, other: str) -> bool:
    """Return True if two names differ at most by the "(LTS)" of a label."""
    first, second = (each.casefold().removesuffix(" (lts)") for each in (name, other))
    return first == second


def short_reason(reasons: Sequence[dict[str, Any]], *, name: str, end: str | None) -> str:
    """Return the deciding reason without the end date, which has a column of its own.

    If it only repeats that date, return the state in words and the next reason.
    """
    if not reasons:
        return ""
    first, *others = reasons
    text = _without_name(first["text"], name)
    if not end:
        return text
    if first["code"] in _STATES and _of_release(first).casefold() in _dated(end):
        more = [_of_release(each) for each in others if each["code"] not in _STATES.keys() | _ASIDE]
        return ". ".join([_STATES[first["code"]], *more[:1]]).removesuffix(".") + "."
    return _sentence(re.sub(rf"support ended on {end}(; |, but )", "", text, count=1, flags=re.IGNORECASE))


def _dated(end: str) -> set[str]:
    return {f"support ended on {end}.", f"support ends on {end}."}


def _of_release(reason: dict[str, Any]) -> str:
    text: str = reason["text"]
    if reason["code"] not in _OF_RELEASES:
        return text
    return _sentence(_BEHIND.sub(r"newest is \1, from \2", text.partition(": ")[2] or text))


def _without_name(reason: str, name: str) -> str:
    # Labels in the lifecycle data may add "(LTS)" to the name.
    for begin in (f"{name}: ", f"{name} (LTS): "):
        if reason[: len(begin)].casefold() == begin.casefold():
            return _sentence(reason[len(begin) :])
    return reason


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
