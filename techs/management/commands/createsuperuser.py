"""Django's command, which also records the activity."""

from django.contrib.auth.management.commands import createsuperuser

from techs.management.writing import UserCommand


class Command(UserCommand, createsuperuser.Command):
    pass
