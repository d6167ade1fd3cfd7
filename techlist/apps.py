"""The project as a Django app, which registers its system checks and commands."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ProjectConfig(AppConfig):
    """Registers the system checks, and connects Celery's shared tasks to the Celery app."""

    name = "techlist"
    verbose_name = "Techlist"

    def ready(self) -> None:
        import celery_app  # noqa: F401, PLC0415  only the server needs Celery
        from techlist.checks import server_checks, settings_checks, tls_checks  # noqa: F401, PLC0415  they read settings


class TechlistAdminConfig(admin_apps.SimpleAdminConfig):
    """Makes TechlistAdminSite the default admin site. Only techlist.urls imports it, because workers do not need it."""

    default = False
    default_site = "techlist.admin_site.TechlistAdminSite"
