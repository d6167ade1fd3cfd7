"""The warning that assessment is delayed."""

from dataclasses import dataclass
from typing import Self

from techs.submissions import liveness
from techs.submissions.liveness import Liveness


@dataclass(frozen=True, slots=True)
class Delay:
    """A delay, explained in words."""

    words: str

    @classmethod
    def now(cls) -> Self | None:
        """Return the current delay, at most a second old. Return None if there is none or no database."""
        found = liveness.current()
        return cls(_words(found)) if found and found.is_delayed else None


def _words(found: Liveness) -> str:
    ages = f"The oldest entry has been waiting for {found.oldest_in_words}, and {_sweep(found)}."
    if not found.oldest_in_words:
        ages = f"The last background check ran {found.last_sweep_in_words} ago."
    is_sweep_missing = found.is_sweep_late or not found.last_sweep_in_words
    return f"{ages} {_ADVICE}" if is_sweep_missing else ages


def _sweep(found: Liveness) -> str:
    return (
        f"the last background check ran {found.last_sweep_in_words} ago"
        if found.last_sweep_in_words
        else "no background check has run yet"
    )


_ADVICE = "Check that the worker and beat processes are running."
