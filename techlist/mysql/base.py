"""Django's MySQL backend, failing fast when the server has stopped answering."""

import time

from django.db.backends.mysql import base
from django.db.utils import OperationalError


class DatabaseWrapper(base.DatabaseWrapper):
    """Reconnects when the health check finds a closed connection, but not when it ran into its timeout.

    A closed connection is found in microseconds, and a new one will work. A timeout means that the server is
    stopped or unreachable: connecting again would only add a second wait to a request that must answer 503.
    """

    def close_if_health_check_failed(self) -> None:
        """Check the connection once per request, as Django does. Raises OperationalError on a timeout."""
        had_connection = self.connection is not None
        started = time.monotonic()
        super().close_if_health_check_failed()
        lost = had_connection and self.connection is None
        if lost and time.monotonic() - started > 1:
            raise OperationalError("The database does not answer.")
