"""Count round trips to Redis."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from redis.connection import AbstractConnection


@contextmanager
def counted_round_trips() -> Generator[list[bytes], None, None]:
    """Collect each message that this process sends to Redis."""
    sent: list[bytes] = []
    send = AbstractConnection.send_packed_command

    def note(connection: Any, command: Any, *args: Any, **options: Any) -> Any:
        sent.append(b"".join(command))
        return send(connection, command, *args, **options)  # type: ignore[no-untyped-call]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AbstractConnection, "send_packed_command", note)
        yield sent
