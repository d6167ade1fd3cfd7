"""The domain's Django app."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TechsConfig(AppConfig):
    """Activates the starter table after every migrate, so that assessments always have lifecycle data."""

    name = "techs"
    verbose_name = "Technologies"

    def ready(self) -> None:
        post_migrate.connect(_load_starter, sender=self, dispatch_uid="techs.starter")


def _load_starter(plan: Sequence[tuple[Any, bool]] = (), **kwargs: Any) -> None:
    from techs.lifecycles import store  # noqa: PLC0415  models exist only when the apps are ready

    migrating_backwards = any(backwards for _, backwards in plan)
    if not migrating_backwards:
        store.load_starter()
