"""Log formats: one line per entry, even if it contains text from outside, and each traceback only once."""

import json
import logging
import textwrap
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from techs import request_ids

MAX_MESSAGE = 2_000  # characters
MAX_TRACEBACK = 12_000  # characters; the traceback of a recursion has hundreds of thousands
# Calls of each exception. The first show which request or task it was, and the last where it failed.
FIRST_CALLS, LAST_CALLS = 3, 12

_LOGGED = "_techlist_has_logged_it"


class LineFormatter(logging.Formatter):
    """Escapes control characters and everything else that is unprintable, and indents tracebacks.

    A traceback may quote any text. The indent distinguishes it from log entries.
    """

    def format(self, record: logging.LogRecord) -> str:
        record.message = shorten(record.getMessage(), MAX_MESSAGE)
        if request_id := request_ids.current.get():
            record.message += f" [{request_id}]"
        record.asctime = self.formatTime(record, self.datefmt)
        lines = [visible(self.formatMessage(record))]
        if record.exc_info:
            lines.append(_block(self.formatException(record.exc_info)))
        if record.stack_info:
            lines.append(_block(self.formatStack(record.stack_info)))
        return "\n".join(lines)

    def formatException(self, ei: Any) -> str:  # noqa: N802  logging's own
        shown = traceback.TracebackException(*ei)
        _leave_out_calls(shown)
        return "".join(shorten(part, MAX_MESSAGE) for part in shown.format()).rstrip("\n")


class JSONFormatter(LineFormatter):
    """One JSON object per entry, tracebacks included. Its fields are in docs/operations.md.

    A record may bring more in its attribute `fields`.
    """

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": shorten(record.getMessage(), MAX_MESSAGE),
            "process": record.process,
        }
        if request_id := request_ids.current.get():
            entry["request_id"] = request_id
        if record.exc_info:
            entry["exception"] = shorten(self.formatException(record.exc_info), MAX_TRACEBACK)
        if record.stack_info:
            entry["stack"] = shorten(record.stack_info, MAX_TRACEBACK)
        fields: Mapping[str, Any] = getattr(record, "fields", {})
        # Escaped to ASCII, so that no text can end the line or command a terminal.
        return json.dumps(entry | dict(fields))


class OneTraceback(logging.Filter):
    """Drops the traceback of a client error (4xx), and of an exception whose traceback was already logged.

    Django logs server errors a second time, and logs some client errors with a traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        if _is_of_client(record) or hasattr(error, _LOGGED):
            record.exc_info = None
        setattr(error, _LOGGED, True)
        return True


def visible(text: str) -> str:
    """Escape unprintable characters as Python does in a string literal."""
    return text if text.isprintable() else "".join(map(_visible_char, text))


def shorten(text: str, most: int) -> str:
    """Return the beginning and the end of a text that is longer than `most` characters."""
    half = most // 2
    left_out = len(text) - 2 * half
    return text if left_out <= 0 else f"{text[:half]} ... {left_out:,} characters left out ... {text[-half:]}"


def _is_of_client(record: logging.LogRecord) -> bool:
    return getattr(record, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR) < HTTPStatus.INTERNAL_SERVER_ERROR


def _visible_char(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode()


def _block(text: str) -> str:
    lines = shorten(text, MAX_TRACEBACK).split("\n")
    return textwrap.indent("\n".join(map(visible, lines)), "    ", lambda line: True)


class _ShortStack(traceback.StackSummary):
    """The first and the last calls. Between them are mostly those of Django's middleware."""

    def format(self, **options: Any) -> list[str]:
        lines = super().format(**options)
        left_out = len(lines) - FIRST_CALLS - LAST_CALLS
        if left_out <= 1:
            return lines
        return [*lines[:FIRST_CALLS], f"  ... {left_out} calls left out ...\n", *lines[-LAST_CALLS:]]


def _leave_out_calls(shown: traceback.TracebackException | None) -> None:
    """Shorten the traceback of an exception, and those of its causes."""
    while shown is not None:
        shown.stack = _ShortStack(shown.stack)
        shown = shown.__cause__ or shown.__context__
