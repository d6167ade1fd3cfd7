"""Django's command, which also records the activity."""

from django.contrib.auth.management.commands import changepassword

from techs.management.writing import UserCommand


class Command(UserCommand, changepassword.Command):
    pass
