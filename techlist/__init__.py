"""The project: settings, urls, process start. Importing it makes Celery's shared tasks find their app."""

from celery_app import app as celery_app

__all__ = ["__version__", "celery_app"]

__version__ = "0.3.0"
