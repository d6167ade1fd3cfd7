"""Create rows in the same way as the application."""

from typing import Any

from techs.models import Submission, Tech
from techs.submissions import outbox, processing


def submit(text: str, **options: Any) -> Submission:
    """Accept a text and process it in this process."""
    submission = outbox.accept(text=text, **options)
    processing.process(submission.uuid)
    submission.refresh_from_db()
    return submission


def add(text: str, **options: Any) -> Tech:
    """Add a technology to the list."""
    tech = submit(text, **options).tech
    assert tech is not None
    return tech
