"""Attribute the writes of commands."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.db.models.signals import post_save

from techs.activity import actors, objects, passwords, recording
from techs.models import ActionKind, ActorKind


class WritingCommand(BaseCommand):
    """A command that is the actor of its writes, also if other code calls it."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        name = type(self).__module__.rpartition(".")[2]
        with actors.acting(lambda: actors.Actor(kind=ActorKind.COMMAND, via=name)):
            return super().execute(*args, **options)


class UserCommand(WritingCommand):
    """One of Django's commands that save a user.

    They ask for a password in between, and a transaction around that would keep other writers of SQLite waiting. So the
    user is recorded right after it is saved.
    """

    def handle(self, *args: Any, **options: Any) -> str | None:
        post_save.connect(_record_user, sender=User)
        try:
            return super().handle(*args, **options)
        finally:
            post_save.disconnect(_record_user, sender=User)


def _record_user(instance: User, *, created: bool, **_: Any) -> None:
    if created:
        recording.record(ActionKind.ADDED, [objects.added(instance)])
    else:
        passwords.record_change(instance)
