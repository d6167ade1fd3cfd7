"""Make all cached pages invalid, as after a restore."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from techs import cache


class Command(BaseCommand):
    """Invalidates the cached pages of all processes at once."""

    help = "Make all cached pages invalid. Run this after the database was restored or changed by other programs."

    def handle(self, **_options: Any) -> None:
        try:
            cache.invalidate()
        except RedisError as error:
            # A cache without persistence, as the guide says, is empty after a restart.
            message = f"The cache does not answer ({error}). Run this again once it does, or restart its server."
            raise CommandError(message) from error
        self.stdout.write("All cached pages are invalid.")
