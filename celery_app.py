"""The Celery application, for `celery -A celery_app worker`, `beat` and `inspect`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techlist.settings")

app = Celery("techlist")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
