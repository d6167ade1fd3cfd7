"""The project: settings, URLs and processes. Importing it connects Celery's shared tasks to the Celery app."""

from celery_app import app as celery_app

__all__ = ["__version__", "celery_app"]

__version__ = "0.4.0.dev0"
