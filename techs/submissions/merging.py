"""Merge submissions into rows. All precedence rules live here.

Submissions of the same text may be processed in any order. The one with the higher primary key is newer and wins.

- A row takes the name and attributes of a submission that is newer than those already merged.
- An older submission still sets the attributes that no newer one has set.
- A row that was edited after a submission was accepted keeps its name and attributes.
- An import line adds its tags to the existing ones; a single submission replaces them.
- An import line sets an owner only where there is none; a single submission replaces it.
- A line that names services is about the row that their usage belongs to. It neither renames the row nor adds it by
  hand, so the row leaves the list with its last usage.
- A row is a library until a submission tracks it. It never becomes one again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from techs import bulk
from techs.models import Submission, Tech
from techs.rules.attributes import MAX_TAGS, OPTIONS
from techs.rules.kinds import Kind
from techs.rules.levels import Impact


def new_row(name_key: str) -> Tech:
    """Return a row to merge submissions into, unsaved."""
    return bulk.new(Tech, name_key=name_key, kind=Kind.LIBRARY.value)


class TooManyTags(Exception):
    """An import line would give a technology more tags than allowed."""

    def __init__(self, number: int) -> None:
        super().__init__(f"A technology can have at most {MAX_TAGS} tags, not {number}. The line was not imported.")


def merge(submission: Submission, tech: Tech, *, newer: Iterable[Submission] = ()) -> bool:
    """Merge a submission into this row, unsaved. Return False if nothing changed.

    newer: later submissions that are already merged, from newer_submissions(). If it raises TooManyTags, the row is
    unchanged.
    """
    if tech.last_submission == submission.pk:
        return False
    attributes = attributes_to_set(submission, tech, newer=newer)
    if submission.kind != tech.kind == Kind.LIBRARY:
        attributes["kind"] = submission.kind
    if submission.services is None and not tech.by_hand:
        # A row that services added gets the impact that it would have if they had come later.
        attributes = {"by_hand": True, "impact": tech.impact or Impact.NORMAL.value} | attributes
    is_overtaken = _is_overtaken(submission, tech)
    if is_overtaken and not attributes:
        return False
    for field, value in attributes.items():
        setattr(tech, field, value)
    if not is_overtaken:
        if submission.services is None and submission.pk > tech.edited_after:
            tech.name = submission.text
        tech.submitted_at = submission.created_at
        tech.last_submission = submission.pk
    return True


def attributes_to_set(submission: Submission, tech: Tech, *, newer: Iterable[Submission] = ()) -> dict[str, Any]:
    """Return the attributes to set, minus those that a newer submission already set. Raises TooManyTags.

    Also records the owner that an import line does not replace.
    """
    if submission.pk <= tech.edited_after:
        return {}
    attributes = _submitted_attributes(submission)
    if _is_kept(attributes.get("owner"), submission, tech, newer):
        submission.kept_owner = tech.owner
        del attributes["owner"]
    if "tags" in attributes and _is_line(submission):
        attributes["tags"] = sorted({*tech.tags, *attributes["tags"]})
    for other in newer:
        _drop_overridden(attributes, other)
    if len(attributes.get("tags", ())) > MAX_TAGS:
        raise TooManyTags(len(attributes["tags"]))
    return attributes


def newer_submissions(submissions: Mapping[Submission, Tech]) -> dict[int, list[Submission]]:
    """Map row id to newer submissions already merged. Rows must be locked.

    Costs a query only if a message has arrived out of order, which is rare.
    """
    overtaken = {submission.pk: tech for submission, tech in submissions.items() if _is_overtaken(submission, tech)}
    newer: dict[int, list[Submission]] = defaultdict(list)
    if overtaken:
        merged = Submission.objects.filter(tech__in=overtaken.values(), pk__gt=min(overtaken)).order_by("pk")
        for submission in merged:
            newer[submission.tech_id or 0].append(submission)
    return newer


def _is_overtaken(submission: Submission, tech: Tech) -> bool:
    return tech.last_submission > submission.pk


def _submitted_attributes(submission: Submission) -> dict[str, Any]:
    return {option: getattr(submission, option) for option in OPTIONS if getattr(submission, option) is not None}


def _is_line(submission: Submission) -> bool:
    # Owner and tags of an import apply to many technologies and were not chosen for this one: they replace no others.
    return submission.of_import_id is not None


def _drop_overridden(attributes: dict[str, Any], newer: Submission) -> None:
    """Remove the attributes that a newer submission set, but combine tags with those that it added."""
    for option, value in _submitted_attributes(newer).items():
        if option == "tags" and _is_line(newer) and option in attributes:
            attributes[option] = sorted({*attributes[option], *value})
        elif option == "owner" and _is_line(newer) and option in attributes:
            attributes[option] = attributes[option] or value
        else:
            attributes.pop(option, None)


def _is_kept(owner: str | None, submission: Submission, tech: Tech, newer: Iterable[Submission]) -> bool:
    """Return True if an import line must not set this owner, because the row had one before."""
    if owner is None or not _is_line(submission) or not tech.owner:
        return False
    return not owner or not any(_has_set_owner(line) for line in newer)


def _has_set_owner(line: Submission) -> bool:
    # Nobody owned the row before, since an import line replaces no owner.
    return _is_line(line) and bool(line.owner) and not line.kept_owner
