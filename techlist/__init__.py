"""The project: settings, URLs and processes. Importing it connects Celery's shared tasks to their app."""

from celery_app import app as celery_app

__all__ = ["celery_app"]
