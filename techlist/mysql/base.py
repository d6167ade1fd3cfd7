"""Django's MySQL backend, failing fast when the server has stopped answering, and patient while it migrates."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.mysql import base
from django.db.utils import DatabaseError, OperationalError

from techlist.mysql.client import DatabaseClient
from techlist.mysql.journal import Journal
from techlist.mysql.schema import DatabaseSchemaEditor

logger = logging.getLogger(__name__)

# Seconds that a statement of a migration waits for the locks of others; nothing of ours holds one for as long.
_LOCK_TIMEOUT = 60
# CR_SSL_CONNECTION_ERROR of the client libraries.
_TLS_ERROR = 2026
# Seconds between two lines of the log while another migrate is running.
_TURN_TIMEOUT = 10


class DatabaseWrapper(base.DatabaseWrapper):
    """Reconnects when the health check finds a closed connection, but not when it ran into its timeout.

    A closed connection is found in microseconds, and a new one will work. A timeout means that the server is
    stopped or unreachable: connecting again would only add a second wait to a request that must answer 503.
    """

    client_class = DatabaseClient
    SchemaEditorClass = DatabaseSchemaEditor
    # What was done of the migration under way; None unless migrating() is on.
    journal: Journal | None = None

    def close_if_health_check_failed(self) -> None:
        """Check the connection once per request, as Django does. Raises OperationalError on a timeout."""
        had_connection = self.connection is not None
        started = time.monotonic()
        super().close_if_health_check_failed()
        lost = had_connection and self.connection is None
        if lost and time.monotonic() - started > 1:
            raise OperationalError("The database does not answer.")

    @contextmanager
    def migrating(self) -> Iterator[Journal]:
        """Give statements all the time they need, and wait until no other process migrates this database."""
        self.close()
        self.journal = Journal(self)
        try:
            self._take_turn()
            yield self.journal
        finally:
            self.journal = None
            # The next connection has its timeouts again; the end of this one lets the next migrate have its turn.
            self.close()

    def get_connection_params(self) -> dict[str, Any]:
        """How to connect: without a limit for an answer while migrating, when one may take hours."""
        params: dict[str, Any] = super().get_connection_params()
        if self.journal is not None:
            params = {key: value for key, value in params.items() if key not in {"read_timeout", "write_timeout"}}
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and look whether the connection is encrypted as the settings ask.

        With REQUIRED alone, MariaDB's client library goes on without encryption where the server has none.
        """
        new = super().get_new_connection(conn_params)
        if conn_params.get("ssl_mode", "DISABLED") != "DISABLED" and not _is_encrypted(new):
            new.close()
            raise self.Database.OperationalError(_TLS_ERROR, "TLS is required, and the server does not offer it.")
        return new

    def init_connection_state(self) -> None:
        """Set the session up."""
        super().init_connection_state()
        if self.journal is not None:
            with self.cursor() as cursor:
                cursor.execute(f"SET lock_wait_timeout = {_LOCK_TIMEOUT}, innodb_lock_wait_timeout = {_LOCK_TIMEOUT}")

    def _take_turn(self) -> None:
        """Also waits for the last statement of a killed migrate, which goes on in the server."""
        name = f"techlist.migrate.{self.settings_dict['NAME']}"[:64]
        with self.cursor() as cursor:
            try:
                while not _locked(cursor, name):
                    logger.warning("Another migrate is running. Waiting for its end.")
            except DatabaseError as error:
                # Some clusters forbid such locks.
                logger.warning("Let no other migrate run now: the database gives no lock. %s", error)


def _is_encrypted(new: Any) -> bool:
    new.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    [(_, cipher)] = new.store_result().fetch_row(maxrows=0)
    return bool(cipher)


def _locked(cursor: Any, name: str) -> bool:
    cursor.execute("SELECT GET_LOCK(%s, %s)", [name, _TURN_TIMEOUT])
    return bool(cursor.fetchone()[0])
