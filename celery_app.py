"""The Celery application, for `celery -A celery_app worker`, `beat` and `inspect`."""

import os

from celery import Celery
from kombu.transport import redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techlist.settings")


class Channel(redis.Channel):
    """Kombu's channel, except that it can be closed when its connection is gone.

    kombu 5.7.0 tries to give unacknowledged messages back through the connection that has just been lost, and the
    AttributeError of that ends the worker. They come back by the visibility timeout, or by the sweep.
    """

    def close(self) -> None:
        """Give messages back only where there is a way. A channel may be closed more than once."""
        is_connected = self.connection is not None and self.connection.client is not None
        self.do_restore = self.do_restore and is_connected
        super().close()


redis.Transport.Channel = Channel

app = Celery("techlist")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
