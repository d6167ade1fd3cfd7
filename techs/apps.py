"""The Django app."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TechsConfig(AppConfig):
    """Loads the starter table after every migrate, so that there is always lifecycle data to assess with.

    Watches changes of access for the cache.
    """

    name = "techs"
    verbose_name = "Technologies"

    def ready(self) -> None:
        from techs.inventory import access  # noqa: PLC0415  models exist only when the apps are ready

        access.watch()
        post_migrate.connect(_load_starter, sender=self, dispatch_uid="techs.starter")


def _load_starter(plan: Sequence[tuple[Any, bool]] = (), **kwargs: Any) -> None:
    from techs import migration_state  # noqa: PLC0415  models exist only when the apps are ready
    from techs.lifecycles import store  # noqa: PLC0415

    migrating_backwards = any(backwards for _, backwards in plan)
    # After `migrate auth` on a new database, or `migrate techs 0005`, the tables do not match the models.
    is_incomplete = any(name.startswith("techs.") for name in migration_state.missing_migrations())
    if not migrating_backwards and not is_incomplete:
        store.load_starter()
