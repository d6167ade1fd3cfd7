"""Rows for tests, written the way the product writes them."""

from typing import Any

from techs.models import Submission, Tech
from techs.submissions import outbox, processing


def submit(text: str, **options: Any) -> Submission:
    """Accept a text and work it through in this process."""
    submission = outbox.accept(text=text, **options)
    processing.process(submission.uuid)
    submission.refresh_from_db()
    return submission


def add(text: str, **options: Any) -> Tech:
    """A technology on the list."""
    tech = submit(text, **options).tech
    assert tech is not None
    return tech
