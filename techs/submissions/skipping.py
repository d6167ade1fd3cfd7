"""Publish no message for a new submission while enough messages of others are waiting.

A task processes the oldest submissions until none waits, whichever message started it. So in a backlog, a message of
its own would only cost a submission time: Celery needs longer for a message than a batch for a submission.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

# With this many waiting, every worker process finds one, and the loss of some delays nothing.
ENOUGH = 100
# Seconds for which a look at the queue counts.
_VALID_FOR = 1.0


@dataclass
class Skipping:
    """Whether submissions of this process go without a message, as of its last look at the queue."""

    until: float = 0.0  # by the monotonic clock, so a look that hangs skips nothing
    skipped: UUID | None = None
    """The last one that went without, committed before."""

    @property
    def is_active(self) -> bool:
        return time.monotonic() < self.until

    def look(self, length: Callable[[], int | None]) -> UUID | None:
        """Ask for the length of the queue, None if it is unknown. Return a submission that needs a message after all.

        If tasks were faster than the last look knew, none may have begun since a submission was skipped. One message is
        enough for all of them. They are read before the queue, whose messages then lead to tasks that find them.
        """
        skipped, self.skipped = self.skipped, None
        if (length() or 0) >= ENOUGH:
            self.until = time.monotonic() + _VALID_FOR
            return None
        self.until = 0.0
        return skipped
