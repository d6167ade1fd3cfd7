"""The changes that a batch of import lines makes to technologies, recorded as actions of those who sent them."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from techs.activity import recording
from techs.models import ActionKind, Submission, Tech
from techs.models.activity import ACTOR_FIELDS

Content: TypeAlias = dict[str, Any]
"""Field values of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    tech: Tech
    before: Content
    after: Content


class LineHistory:
    """The changes of a batch, in runs of one actor, since it may hold lines of several imports."""

    def __init__(self) -> None:
        self._runs: list[tuple[Submission, dict[str, _Change]]] = []

    def add(self, submission: Submission, tech: Tech, before: Content) -> None:
        """Note that a submission was merged into a row, which had these values before."""
        if not self._runs or _actor(self._runs[-1][0]) != _actor(submission):
            self._runs.append((submission, {}))
        changes = self._runs[-1][1]
        first = changes[tech.name_key].before if tech.name_key in changes else before
        changes[tech.name_key] = _Change(tech=tech, before=first, after=tech.recorded_values)

    def record(self) -> None:
        """Record an action for each run. Call once new rows have their primary keys."""
        for submission, changes in self._runs:
            made = (
                recording.of_tech(each.tech, recording.differences(each.before, each.after), undo={})
                for each in changes.values()
            )
            recording.record(ActionKind.IMPORTED, made, actor=submission)


def _actor(submission: Submission) -> list[str]:
    return [getattr(submission, field) for field in ACTOR_FIELDS]
