"""The changes that a batch of submissions makes to technologies, recorded as actions of those who sent them."""

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from techs.activity import recording
from techs.models import ActionKind, Change, Submission, Tech

Content: TypeAlias = dict[str, Any]
"""Field values of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    tech: Tech
    before: Content
    after: Content


class LineHistory:
    """The changes of a batch: an action for each single submission, and one for each import."""

    def __init__(self) -> None:
        self._imports: dict[int, tuple[Submission, dict[str, _Change]]] = {}
        self._single: list[tuple[Submission, _Change]] = []

    def add(self, submission: Submission, tech: Tech, before: Content) -> None:
        """Note that a submission was merged into a row, which had these values before."""
        change = _Change(tech=tech, before=before, after=tech.recorded_values)
        if submission.of_import_id is None:
            self._single.append((submission, change))
        else:
            self._add_line(submission.of_import_id, submission, change)

    def record(self) -> None:
        """Record the actions. Call once new rows have their primary keys."""
        for pk, (submission, changes) in sorted(self._imports.items()):
            recording.record_import(pk, map(_recorded, changes.values()), actor=submission)
        recording.record_each(
            (ActionKind.CHANGED if change.before else ActionKind.ADDED, recorded, submission)
            for submission, change in self._single
            if (recorded := _recorded(change))
        )

    def _add_line(self, pk: int, submission: Submission, change: _Change) -> None:
        _, changes = self._imports.setdefault(pk, (submission, {}))
        key = change.tech.name_key
        changes[key] = replace(change, before=changes[key].before) if key in changes else change


def _recorded(change: _Change) -> Change | None:
    return recording.of_tech(change.tech, recording.differences(change.before, change.after), undo={})
