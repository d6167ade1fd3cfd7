"""The project as a Django app, which registers its system checks and commands."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin_apps


class ProjectConfig(AppConfig):
    """Registers the system checks, connects Celery's shared tasks to the Celery app, and counts for the metrics."""

    name = "techlist"
    verbose_name = "Techlist"

    def ready(self) -> None:
        import celery_app  # noqa: F401, PLC0415  only the server needs Celery
        from techlist.checks import (  # noqa: PLC0415  they read settings
            metrics_checks,  # noqa: F401
            server_checks,  # noqa: F401
            settings_checks,  # noqa: F401
            tls_checks,  # noqa: F401
        )
        from techlist.metrics import processes  # noqa: PLC0415  it reads settings

        if settings.METRICS.are_on:
            processes.connect()


class TechlistAdminConfig(admin_apps.SimpleAdminConfig):
    """Makes TechlistAdminSite the default admin site. Only techlist.urls imports it, because workers do not need it."""

    default = False
    default_site = "techlist.admin_site.TechlistAdminSite"
