"""Save several submissions in one transaction, by the same rules as one alone."""

from collections.abc import Collection, Mapping, Sequence

from django.db.models import Q
from django.db.models.lookups import In
from django.utils import timezone

from techs import bulk
from techs.assessment import date_changes
from techs.assessment.assessor import ASSESSED_FIELDS, Assessor
from techs.expressions import without_index
from techs.inventory import editing, search, summaries, usages
from techs.inventory.manual import Additions
from techs.models import LevelChange, Submission, SubmissionState, Tech, TechTag
from techs.rules.attributes import OPTIONS
from techs.rules.text import name_key
from techs.submissions.line_history import Content, LineHistory
from techs.submissions.merging import TooManyTags, merge, new_row, newer_submissions
from techs.webhooks import events

_SUBMITTED = ["name", "kind", "by_hand", *OPTIONS, "owner_key"]
_BOOKKEEPING = ["submitted_at", "last_submission", "assessed_at", "basis"]
# Without repeats, because the kind is both submitted and derived.
_CONTENT = list(dict.fromkeys([*_SUBMITTED, *usages.DERIVED, *ASSESSED_FIELDS]))

# Rows per statement.
_AT_ONCE = 250

_EMPTY: Content = {"tags": []}


def having(*states: SubmissionState) -> Q:
    """Return the condition that submissions, found by their primary keys, are in one of these states.

    Through the index of states, databases would wait for rows that other workers are saving. For the same reason, name
    each key: to a range of keys belongs the row behind it, which is the first one of another worker's batch. Only a
    short table is still read, and waited for, as a whole.
    """
    return Q(In(without_index("state"), states))


def save(ids: Sequence[int]) -> set[str]:
    """Save the queued submissions among these primary keys. Call inside a transaction.

    Return the ids of the requests that they came with.
    """
    queued = Submission.objects.select_for_update().filter(having(SubmissionState.QUEUED), pk__in=ids)
    if submissions := list(queued.order_by("pk")):
        _Batch(submissions).save()
    return {submission.request_id for submission in submissions} - {""}


def mark_failed(problems: Mapping[Submission, str]) -> None:
    """Mark these submissions failed. A retry would fail again. Call inside a transaction."""
    for submission, problem in problems.items():
        submission.state, submission.error = SubmissionState.FAILED, problem
        submission.finished_at = timezone.now()
    bulk.update_each(problems, ["state", "error", "finished_at"], batch_size=_AT_ONCE)


class _Batch:
    """Submissions with their locked rows. Lines that name services also add usages."""

    def __init__(self, submissions: Sequence[Submission]) -> None:
        self._submissions = submissions
        self._linked = [each for each in submissions if each.services is not None]
        self._assessor = Assessor.current()
        self._additions = Additions(self._linked, self._assessor)
        self._refused: dict[Submission, str] = dict(self._additions.refused)
        plain = {each: name_key(each.text) for each in submissions if each.services is None}
        self._keys = plain | self._additions.keys
        self._techs = _techs_of(self._keys.values())
        self._before = {tech.pk: _content(tech) for tech in self._techs.values() if tech.pk}
        self._history = LineHistory()

    def save(self) -> None:
        merged = self._merge()
        self._additions.store(without=self._refused)
        merged |= self._derive()
        _assess(list(merged.values()), self._before, self._assessor)
        self._history.record()
        others = self._additions.touched - {tech.pk for tech in merged.values()}
        usages.recount(self._additions.services, others, moved=filter(self._has_moved, merged.values()))
        self._additions.record()
        self._mark_saved()
        mark_failed(self._refused)

    def _merge(self) -> dict[str, Tech]:
        """Merge the submissions. Return the rows to assess and save, by key."""
        merged: dict[str, Tech] = {}
        techs = {submission: self._techs[key] for submission, key in self._keys.items()}
        newer = newer_submissions(techs)
        for submission, tech in sorted(techs.items(), key=lambda pair: pair[0].pk):
            after = [other for other in newer.get(tech.pk, ()) if other.pk > submission.pk]
            before = tech.recorded_values if tech.last_submission or tech.pk else {}
            try:
                if merge(submission, tech, newer=after):
                    self._history.add(submission, tech, before)
                    tech.owner_key = name_key(tech.owner)
                    merged[tech.name_key] = tech
            except TooManyTags as error:
                self._refused[submission] = str(error)
        return merged

    def _derive(self) -> dict[str, Tech]:
        """Set the derived fields of rows. Return the rows that changed."""
        added = {self._keys[each] for each in self._linked if each in self._keys and each not in self._refused}
        techs = [self._techs[key] for key in added]
        usages.derive(techs)
        return {tech.name_key: tech for tech in techs if not tech.level or _has_changed(tech, self._before)}

    def _has_moved(self, tech: Tech) -> bool:
        before = self._before.get(tech.pk)
        return before is not None and summaries.place(tech) != (before["rank"], before["level"])

    def _mark_saved(self) -> None:
        done = [each for each in self._submissions if each not in self._refused]
        for submission in done:
            submission.tech_id = self._techs[self._keys[submission]].pk if submission in self._keys else None
            submission.state, submission.error = SubmissionState.SAVED, ""
            submission.is_unchanged = self._is_unchanged(submission)
        bulk.update_each(done, ["tech", "state", "error", "is_unchanged", "kept_owner"], batch_size=_AT_ONCE)

    def _is_unchanged(self, submission: Submission) -> bool:
        if submission.of_import_id is None:
            return False
        if submission.services is not None and self._additions.has_changed(submission):
            return False
        tech = self._techs.get(self._keys.get(submission, ""))
        return tech is None or not _has_changed(tech, self._before)


def _techs_of(keys: Collection[str]) -> dict[str, Tech]:
    # By primary key, as other writers lock rows. The index of names would lock them in its own order.
    found = list(Tech.objects.filter(name_key__in=keys).values_list("pk", flat=True))
    locked = Tech.objects.select_for_update().filter(pk__in=found).order_by("pk")
    return {key: new_row(key) for key in keys} | {tech.name_key: tech for tech in locked}


def _assess(merged: Collection[Tech], before: Mapping[int, Content], assessor: Assessor) -> None:
    moved = date_changes.concerning(merged, load=assessor.catalogue.load)
    now = timezone.now()
    # Repeated imports change little, and the same rule finds the same for the rest.
    stale = [tech for tech in merged if tech.basis != assessor.basis or _has_changed(tech, before)]
    changes = [change for tech in stale if (change := assessor.assess(tech, at=now))]
    for tech in merged:
        tech.assessed_at = now
    _write(merged, before)
    LevelChange.objects.bulk_create(changes)
    events.note_changes(changes)
    if moved:
        date_changes.record(moved)


def _content(tech: Tech) -> Content:
    return {field: getattr(tech, field) for field in _CONTENT}


def _has_changed(tech: Tech, before: Mapping[int, Content]) -> bool:
    """Return True for a new row, and for one with another content than before."""
    return tech.pk not in before or _content(tech) != before[tech.pk]


def _write(merged: Collection[Tech], before: Mapping[int, Content]) -> None:
    """Insert and update rows. Only columns that differ are written, since repeated imports change little."""
    new = [tech for tech in merged if not tech.pk]
    changed = [tech for tech in merged if tech.pk and _has_changed(tech, before)]
    unchanged = [tech for tech in merged if not _has_changed(tech, before)]
    Tech.objects.update_each(changed, [*_changed_fields(changed, before), *_BOOKKEEPING], batch_size=_AT_ONCE)
    Tech.objects.update_each(unchanged, _BOOKKEEPING, batch_size=_AT_ONCE)
    editing.note_return([tech.name_key for tech in new])
    Tech.objects.insert(new, batch_size=_AT_ONCE)
    usages.load_primary_keys(new)
    search.index([*changed, *unchanged])
    search.index_new(new)
    _index_tags([*new, *changed], before)


def _changed_fields(changed: Sequence[Tech], before: Mapping[int, Content]) -> list[str]:
    return [field for field in _CONTENT if any(getattr(row, field) != before[row.pk][field] for row in changed)]


def _index_tags(techs: Collection[Tech], before: Mapping[int, Content]) -> None:
    editing.index_tags(*(tech for tech in techs if not {*before.get(tech.pk, _EMPTY)["tags"]} <= {*tech.tags}))
    tags = ((tech, tag) for tech in techs for tag in tech.tags if tag not in before.get(tech.pk, _EMPTY)["tags"])
    TechTag.objects.bulk_create(
        (TechTag(tech=tech, tag=tag) for tech, tag in tags), batch_size=500, ignore_conflicts=True
    )
