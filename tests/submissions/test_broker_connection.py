"""Workers survive the loss of their broker at any moment."""

import json
from typing import Any, cast
from urllib.request import Request, urlopen

import pytest
from celery import current_app
from kombu import Connection
from kombu.transport import redis
from redis import Redis

from techlist.local.processes import wait_until
from techs import tasks
from techs.models import Submission, SubmissionState
from tests.faults.proxy import Proxy
from tests.support.servers import Server, Valkey
from tests.support.services import Web


def channel_of(channel_class: Any, url: str = "") -> Any:
    """Return a channel of this class to the broker, directly by default."""

    class Transport(redis.Transport):
        Channel = channel_class

    options = {"socket_timeout": 0.2}
    return Connection(url or current_app.conf.broker_url, transport=Transport, transport_options=options).channel()


def put_message() -> None:
    with Connection(current_app.conf.broker_url).SimpleQueue("lost") as queue:
        queue.put({"number": 1})


def holding_a_message(channel_class: Any) -> Any:
    """Return a channel that has taken a message, acknowledged nothing, and lost its connection."""
    put_message()
    channel = channel_of(channel_class)
    assert channel.basic_get("lost") is not None
    channel.connection.client = None
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


def messages_after_an_unconfirmed_receipt(channel_class: Any, broker: Valkey) -> int:
    """Take a message, let the broker's confirmation be lost, and close the channel. Return how many are waiting."""
    put_message()
    proxy = Proxy(broker.port)
    try:
        channel = channel_of(channel_class, f"redis://127.0.0.1:{proxy.port}/0")
        proxy.cut_after(b"HSET")
        with pytest.raises(channel.connection_errors):
            channel.basic_get("lost")
        channel.close()
    finally:
        proxy.close()
    with Redis(port=broker.port) as client:
        return cast(int, client.llen("lost"))


def test_a_message_returns_whose_receipt_was_not_confirmed(redis_broker: Valkey) -> None:
    """As when a signal interrupts the wait for the confirmation, and its handler waits for longer than the timeout."""
    assert messages_after_an_unconfirmed_receipt(redis.Transport.Channel, redis_broker) == 1


def test_kombus_own_channel_keeps_it(redis_broker: Valkey) -> None:
    """Control: once this fails, Techlist's own list of messages in hand is no longer needed."""
    assert messages_after_an_unconfirmed_receipt(redis.Channel, redis_broker) == 0


def takes_more_after_a_failed_answer(channel_class: Any, broker: Valkey, method: str) -> bool:
    """Take a message, as many as are allowed, and lose the connection while answering it."""
    put_message()
    proxy = Proxy(broker.port)
    try:
        channel = channel_of(channel_class, f"redis://127.0.0.1:{proxy.port}/0")
        channel.basic_qos(0, 1)
        tag = channel.basic_get("lost").delivery_tag
        assert not channel.qos.can_consume()
        proxy.cut_after(b"HDEL")
        with pytest.raises(channel.connection_errors):
            getattr(channel, method)(tag)
        takes_more: bool = channel.qos.can_consume()
        channel.close()
    finally:
        proxy.close()
    return takes_more


@pytest.mark.parametrize("method", ["basic_ack", "basic_reject"])
def test_a_worker_that_could_not_acknowledge_asks_for_more(redis_broker: Valkey, method: str) -> None:
    """Otherwise it would wait forever, since it notices a lost connection only where it asks for messages."""
    assert takes_more_after_a_failed_answer(redis.Transport.Channel, redis_broker, method)


def test_kombus_own_channel_asks_for_no_more(redis_broker: Valkey) -> None:
    """Control: once this fails, Techlist's own acknowledgement is no longer needed."""
    assert not takes_more_after_a_failed_answer(redis.Channel, redis_broker, "basic_ack")


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
