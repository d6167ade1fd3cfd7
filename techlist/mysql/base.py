"""Django's MySQL backend, which fails fast when the server hangs, and has no timeouts while it migrates."""

import logging
import select
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.signals import request_started
from django.db.backends.mysql import base
from django.db.backends.utils import debug_transaction
from django.db.utils import DatabaseError, OperationalError

from techlist.mysql.client import DatabaseClient
from techlist.mysql.journal import Journal
from techlist.mysql.schema import DatabaseSchemaEditor

logger = logging.getLogger(__name__)

# CR_SSL_CONNECTION_ERROR of the client libraries.
_TLS_ERROR = 2026
# Seconds between log entries while another migrate runs.
_LOG_INTERVAL = 10


# Whether the request in this thread only reads.
_only_reads: ContextVar[bool] = ContextVar("only_reads", default=False)
_SAFE = ("GET", "HEAD", "OPTIONS")


def _note_request(*, environ: Mapping[str, Any], **_: Any) -> None:
    _only_reads.set(environ["REQUEST_METHOD"] in _SAFE)


request_started.connect(_note_request, dispatch_uid="techlist.mysql.base")


class DatabaseWrapper(base.DatabaseWrapper):
    """Reconnects if the health check finds a closed connection, but not if the check times out.

    A closed connection is detected in microseconds, and a new one will work. A timeout means that the server hangs or
    is unreachable. Reconnecting would only double the wait for a request that must be answered 503.
    """

    client_class = DatabaseClient
    SchemaEditorClass = DatabaseSchemaEditor
    # Seconds that a migration's statement waits for locks. No process of Techlist holds one for so long.
    LOCK_TIMEOUT = 60
    # The finished statements of the running migration. None outside migrating().
    journal: Journal | None = None

    def close_if_health_check_failed(self) -> None:
        """Check the connection once per request, as Django does. Raises OperationalError on a timeout.

        A request that only reads takes no round trip for it: a connection that the server has closed has its last
        message to read, and a server that hangs shows at the first statement. A statement that writes might be executed
        once such a server goes on, although the client was told that nothing was stored.
        """
        if _only_reads.get() and self._is_open():
            self.health_check_done = True
            return
        had_connection = self.connection is not None
        started = time.monotonic()
        super().close_if_health_check_failed()
        lost = had_connection and self.connection is None
        if lost and time.monotonic() - started > 1:
            raise OperationalError("The database does not answer.")

    def _is_open(self) -> bool:
        """Return True if no statement has failed, and the server has sent nothing since the last one."""
        if self.connection is None or self.errors_occurred:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0)

    @contextmanager
    def migrating(self) -> Iterator[Journal]:
        """Disable statement timeouts, and wait until no other process is migrating this database."""
        self.close()
        self.journal = Journal(self)
        try:
            self._wait_for_others()
            yield self.journal
        finally:
            self.journal = None
            # The next connection has timeouts again. Closing this one releases the lock for the next migrate.
            self.close()

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if self.journal is not None:
            params = {key: value for key, value in params.items() if key not in {"read_timeout", "write_timeout"}}
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and verify that the connection is encrypted if the settings require it.

        With REQUIRED alone, MariaDB's client library falls back to an unencrypted connection if the server has no TLS.
        """
        new = super().get_new_connection(conn_params)
        if conn_params.get("ssl_mode", "DISABLED") != "DISABLED" and not _is_encrypted(new):
            new.close()
            raise self.Database.OperationalError(_TLS_ERROR, "TLS is required, but the server does not offer it.")
        return new

    def _start_transaction_under_autocommit(self) -> None:
        """Begin with BEGIN. Django turns autocommit off and later on again, which takes one more round trip."""
        with debug_transaction(self, "BEGIN"):
            if self.journal is None:
                with self.wrap_database_errors:
                    self.connection.begin()
            else:
                # Statements that change tables end a transaction, and those after them must begin another.
                self._set_autocommit(autocommit=False)  # type: ignore[attr-defined]  # the stubs lack it

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if self.journal is not None:
            with self.cursor() as cursor:
                cursor.execute(
                    f"SET lock_wait_timeout = {self.LOCK_TIMEOUT}, innodb_lock_wait_timeout = {self.LOCK_TIMEOUT}, "
                    "wait_timeout = @@GLOBAL.wait_timeout"
                )

    def _wait_for_others(self) -> None:
        """Wait for other runs of migrate, including a killed one whose last statement still runs in the server."""
        name = f"techlist.migrate.{self.settings_dict['NAME']}"[:64]
        with self.cursor() as cursor:
            try:
                while not _locked(cursor, name):
                    logger.warning("Another migrate is running. Waiting for it to finish.")
            except DatabaseError as error:
                # Some clusters do not support such locks.
                logger.warning("The database supports no locks. Make sure that no other migrate is running. %s", error)


def _is_encrypted(new: Any) -> bool:
    new.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    [(_, cipher)] = new.store_result().fetch_row(maxrows=0)
    return bool(cipher)


def _locked(cursor: Any, name: str) -> bool:
    cursor.execute("SELECT GET_LOCK(%s, %s)", [name, _LOG_INTERVAL])
    return bool(cursor.fetchone()[0])
