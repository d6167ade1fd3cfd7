"""The status of technologies that were just added."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from frontend.presenters.delay import Delay
from frontend.presenters.rows import offered
from techs.assessment.assessor import Assessor
from techs.models import Submission, SubmissionState
from techs.submissions.liveness import LATE_AFTER

# The most technologies that one click adds.
LINES_AT_MOST = 20
# Seconds between polls, which grow with the time it takes.
POLL_AT_LEAST, POLL_AT_MOST = 1, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionStatus:
    """A submission and its status."""

    submission: Submission
    is_late: bool
    """Whether assessment of this submission, or of all submissions, is delayed."""
    poll_after: int
    suggestions: list[str]
    parts: tuple[str, ...]
    """The technologies in its text, if it lists several."""

    @classmethod
    def of(cls, submission: Submission) -> Self:
        """Read the status. It takes an additional query only for an unknown product whose submission is done."""
        age = int((timezone.now() - submission.created_at).total_seconds())
        tech = submission.tech if submission.public_state == SubmissionState.DONE else None
        is_unknown = tech is not None and not tech.product
        return cls(
            submission=submission,
            is_late=submission.public_state == SubmissionState.QUEUED and (age >= LATE_AFTER or bool(Delay.now())),
            poll_after=min(max(age // 5, POLL_AT_LEAST), POLL_AT_MOST),
            suggestions=offered(tech.suggestions, tech.reasons) if tech else [],
            parts=Assessor.current().several_in(tech) if tech and is_unknown else (),
        )


def url_with(submissions: Iterable[Submission], *, on: str) -> str:
    """Add these submissions to the address of a list, which then shows them without JavaScript."""
    uuids = ",".join(str(submission.uuid) for submission in submissions)
    return f"{on}{'&' if '?' in on else '?'}{urlencode({'submitted': uuids}, safe=',')}"


def shown_on(request: HttpRequest) -> list[SubmissionStatus]:
    """Return the submissions in the address of a list, ignoring invalid ids."""
    uuids = list(filter(None, map(_uuid, ",".join(request.GET.getlist("submitted")).split(",")[:LINES_AT_MOST])))
    if not uuids:
        return []
    found = {each.uuid: each for each in Submission.objects.select_related("tech").filter(uuid__in=uuids)}
    return [SubmissionStatus.of(found[uuid]) for uuid in dict.fromkeys(uuids) if uuid in found]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
