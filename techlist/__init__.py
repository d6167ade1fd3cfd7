"""The project: settings, URLs, processes and the command line, which must start without Django and Celery."""

__version__ = "0.4.0.dev0"
