"""How a submission becomes part of a row. Everything that decides who has the last word is here.

Submissions of one text may be processed in any order. The primary key counts up, and the higher one wins:

- A row takes the name and the attributes of a submission that is newer than those it carries.
- An overtaken submission still sets the attributes that no newer one has set.
- Nothing is set that people have edited since the submission was accepted.
- A line of an import adds its tags to those that are there; a single submission replaces them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from techs.models import Submission, Tech
from techs.rules.attributes import MAX_TAGS, OPTIONS


class TooManyTags(Exception):
    """A line of an import, with the attributes of all lines, would give a technology more tags than one may have."""

    def __init__(self, number: int) -> None:
        super().__init__(f"It would have {number} tags, of at most {MAX_TAGS}. Nothing of this line was taken.")


def merge(submission: Submission, tech: Tech, *, newer: Iterable[Submission] = ()) -> bool:
    """Merge a submission into this row, unsaved. Return False if nothing changed.

    newer: the submissions after this one that the row carries already, from newer_submissions(). Raises TooManyTags;
    then the row is as it was.
    """
    if tech.last_submission == submission.pk:
        return False
    attributes = attributes_to_set(submission, tech, newer=newer)
    is_overtaken = _is_overtaken(submission, tech)
    if is_overtaken and not attributes:
        return False
    for field, value in attributes.items():
        setattr(tech, field, value)
    if not is_overtaken:
        tech.name = submission.text
        tech.submitted_at = submission.created_at
        tech.last_submission = submission.pk
    return True


def attributes_to_set(submission: Submission, tech: Tech, *, newer: Iterable[Submission] = ()) -> dict[str, Any]:
    """Return the attributes to set, minus those a newer submission already set. Raises TooManyTags."""
    if submission.pk <= tech.edited_after:
        return {}
    attributes = _given(submission)
    if "tags" in attributes and _adds_tags(submission):
        attributes["tags"] = sorted({*tech.tags, *attributes["tags"]})
    for other in newer:
        _give_way(attributes, other)
    if len(attributes.get("tags", ())) > MAX_TAGS:
        raise TooManyTags(len(attributes["tags"]))
    return attributes


def newer_submissions(submissions: Mapping[Submission, Tech]) -> dict[int, list[Submission]]:
    """Map row id to newer submissions already merged. Rows must be locked.

    Asks the database only if there are any: messages come in any order, but seldom do.
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


def _given(submission: Submission) -> dict[str, Any]:
    return {option: getattr(submission, option) for option in OPTIONS if getattr(submission, option) is not None}


def _adds_tags(submission: Submission) -> bool:
    """Whoever marks many at once has not looked at each; a single submission says which tags there are."""
    return submission.of_import_id is not None


def _give_way(attributes: dict[str, Any], newer: Submission) -> None:
    """Remove the attributes that a newer submission has set; tags that it added stay beside ours."""
    for option, value in _given(newer).items():
        if option == "tags" and _adds_tags(newer) and option in attributes:
            attributes[option] = sorted({*attributes[option], *value})
        else:
            attributes.pop(option, None)
