"""Check the broker: queue lengths and reachability."""

from collections.abc import Iterable
from typing import Any

from celery import current_app
from kombu.exceptions import ChannelError

# Seconds that ping() waits for the broker.
PING_TIMEOUT = 2


def queue_length(queue: str, *, channel: Any) -> int:
    """Count the messages in a queue that no worker has taken yet."""
    try:
        return int(channel.queue_declare(queue, passive=True).message_count)
    except ChannelError:
        # Redis deletes empty lists.
        return 0


def read_lengths(queues: Iterable[str]) -> tuple[dict[str, int], int]:
    """Return the number of messages in each queue, and of those that workers have taken and not finished."""
    with current_app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, timeout=PING_TIMEOUT)
        channel: Any = connection.default_channel
        lengths = {queue: queue_length(queue, channel=channel) for queue in queues}
        return lengths, int(channel.client.hlen(channel.unacked_key))


def ping() -> None:
    """Raise an error if the broker does not answer."""
    with current_app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=PING_TIMEOUT)
