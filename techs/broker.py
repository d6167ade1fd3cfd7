"""The broker's queues: how many messages wait in one, and whether it answers."""

from typing import Any

from celery import current_app
from kombu.exceptions import ChannelError

# Seconds that a broker may take to answer ping().
PING_TIMEOUT = 2


def queue_length(queue: str, *, channel: Any) -> int:
    """Count the messages that wait in a queue, without those that a worker has taken."""
    try:
        return int(channel.queue_declare(queue, passive=True).message_count)
    except ChannelError:
        # An empty list does not exist in Redis.
        return 0


def ping() -> None:
    """Raise an error if the broker does not answer."""
    with current_app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=PING_TIMEOUT)
