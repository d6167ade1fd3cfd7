"""Workers survive the loss of their broker at any moment."""

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
from celery import current_app
from kombu import Connection
from kombu.transport import redis

from techlist.local.processes import wait_until
from techs import tasks
from techs.models import Submission, SubmissionState
from tests.support.servers import Server, Valkey
from tests.support.services import Web


def holding_a_message(channel_class: Any) -> Any:
    """Return a channel that has taken a message, acknowledged nothing, and lost its connection."""

    class Transport(redis.Transport):
        Channel = channel_class

    url = current_app.conf.broker_url
    connection = Connection(url, transport=Transport)
    with connection.SimpleQueue("lost") as queue:
        queue.put({"number": 1})
    channel: Any = connection.channel()
    assert channel.basic_get("lost") is not None
    connection.transport.client = None
    return channel


def test_channel_closes_without_its_connection(redis_broker: Valkey) -> None:
    channel = holding_a_message(redis.Transport.Channel)
    channel.close()
    channel.connection = None
    channel.close()


@pytest.mark.parametrize("gone", ["client", "transport"])
def test_acknowledging_without_the_connection_is_an_error_that_celery_survives(redis_broker: Valkey, gone: str) -> None:
    channel = holding_a_message(redis.Transport.Channel)
    channel._disconnect_pools()
    errors = channel.connection.connection_errors
    if gone == "transport":
        channel.connection = None
    (tag,) = channel.qos._delivered
    with pytest.raises(errors):
        channel.basic_ack(tag)
    channel.qos._on_collect.cancel()  # or it would try once more when this process ends


def test_kombus_own_channel_does_not(redis_broker: Valkey) -> None:
    """Control: once this fails, Techlist's own channel is no longer needed."""
    with pytest.raises(AttributeError):
        holding_a_message(redis.Channel).close()


def swept() -> bool:
    """Return whether everything is done; otherwise sweep, like beat every few seconds."""
    unfinished = Submission.objects.exclude(state=SubmissionState.DONE)
    if unfinished.exists():
        unfinished.update(publish_again_at="2020-01-01T00:00Z")
        tasks.sweep()
    return not unfinished.exists()


@pytest.mark.django_db(transaction=True)
def test_worker_outlives_broker_restarts_under_load(
    web_process: Web, celery_worker_process: Server, redis_broker: Valkey
) -> None:
    for round_number in range(4):
        for number in range(10):
            body = json.dumps({"text": f"thing {round_number} {number}"}).encode()
            request = Request(  # noqa: S310  our own address
                f"{web_process.url}/create", data=body, headers={"Content-Type": "application/json"}
            )
            with urlopen(request, timeout=10) as response:  # noqa: S310
                assert response.status == 201
        redis_broker.kill()
        redis_broker.start()
    assert celery_worker_process.is_alive()
    assert wait_until(swept, timeout=90, step=1)
    assert celery_worker_process.is_alive()
