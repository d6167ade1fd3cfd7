"""The reason of a level override. One to low accepts the risk until a review. Pure."""

from datetime import date
from typing import Final

from techs.rules.levels import Level

BY_HAND: Final = "SET_BY_HAND"
ACCEPTED: Final = "accepted"
"""Shown instead of the level for an accepted risk."""

ACCEPTED_ACTION: Final = "review later"
"""The action in words for an accepted risk. Of other technologies with the level low, it is "nothing to do"."""

_UNTIL: Final = "Risk accepted until"
_WORDINGS: Final = (_UNTIL, "Set to low by hand")  # the latter up to 0.3.0


def is_accepted(level: str, review_on: date | None, *, today: date) -> bool:
    """Return True if an override to this level, until this review, accepts the risk: it is to low and still active."""
    return level == Level.LOW and review_on is not None and today < review_on


def reason_text(level: str, *, until: date, note: str) -> str:
    words = f"{_UNTIL} {until}." if level == Level.LOW else f"Set to {level} by hand, until the review on {until}."
    return f"{words} {note}".strip()


def shown_level(level: str, reason: str) -> str:
    """Return the level that a change leads to, or ACCEPTED, given its reason."""
    return ACCEPTED if is_acceptance(level, reason) else level


def is_acceptance(level: str, reason: str) -> bool:
    """Return True if a change to this level, for this reason, accepts the risk."""
    return level == Level.LOW and reason.startswith(_WORDINGS)
