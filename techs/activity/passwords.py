"""Record that passwords changed. Their values are never recorded."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from techs.activity import objects, recording
from techs.models import ActionKind


class RecordedPasswordMixin:
    """Records the change in Django's forms that set the password of a user."""

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002  Django's signature
        with transaction.atomic():
            user = super().save(commit)  # type: ignore[misc]  # the form's own
            record_change(user)
        return user


def record_change(user: User) -> None:
    recording.record(ActionKind.CHANGED, [objects.touched(user, "password")])
